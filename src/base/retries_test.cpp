#include "base/retries.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

constexpr Duration hours(std::int64_t count) { return seconds(count * 3'600); }

TEST(Retries, AreThoseOfStandardWebhooksALittleLonger) {
    const Retries retries;
    SeededRandom random{1};
    const std::vector<Duration> waits{seconds(5), seconds(300), seconds(1'800), hours(2), hours(5),
                                      hours(10),  hours(14),    hours(20),      hours(24)};
    for (std::size_t at = 0; at < waits.size(); ++at) {
        const auto wait = retries.after(static_cast<std::int64_t>(at) + 1, random);
        ASSERT_TRUE(wait.has_value());
        EXPECT_GE(*wait, waits[at]);
        EXPECT_LE(wait->milliseconds, waits[at].milliseconds * 11 / 10);
    }
    EXPECT_FALSE(retries.after(10, random).has_value());
}

TEST(Retries, DifferByChance) {
    const Retries retries;
    SeededRandom random{1};
    EXPECT_NE(retries.after(5, random)->milliseconds, retries.after(5, random)->milliseconds);
}

TEST(Retries, AreReadFromSettings) {
    const auto retries = Retries::parse({"200ms", "1s", "2m", "3h"});
    ASSERT_TRUE(retries.has_value());
    EXPECT_EQ(retries->span().milliseconds, 200 + 1'000 + 120'000 + 10'800'000);
    for (const auto* wrong : {"", "5", "x", "-1s", "1d", "1 s", "99999999999999999999s"}) {
        EXPECT_FALSE(Retries::parse({wrong})) << wrong;
    }
}

}  // namespace
}  // namespace etapa
