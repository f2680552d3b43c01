#include "crm/webhooks/secret.hpp"

#include <gtest/gtest.h>

namespace etapa::webhooks {
namespace {

TEST(WebhookSecret, SignsAsStandardWebhooksSays) {
    // The example of the specification's libraries.
    const auto signed_as = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                     1'614'265'330, R"({"test": 2432232314})");
    EXPECT_EQ(signed_as, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSecret, IsNewEachTime) {
    SystemRandom random;
    const auto secret = new_secret(random);
    EXPECT_TRUE(secret.starts_with("whsec_"));
    EXPECT_EQ(secret.size(), 6U + 32U);
    EXPECT_NE(secret, new_secret(random));
}

}  // namespace
}  // namespace etapa::webhooks
