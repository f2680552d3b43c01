#include "api/rate_limit.hpp"

#include "support/world.hpp"

#include <gtest/gtest.h>

namespace etapa::tests {
namespace {

constexpr unsigned limit = 3;

class RateLimited : public testing::Test {
protected:
    Answer get(std::string_view key) {
        auto request = World::request(key, "GET", "/organization");
        net::Response response;
        gate.serve_now(request, response);
        return {response.status, response.body, nullptr, response.headers};
    }

    static std::string header(const Answer& answer, std::string_view name) {
        const auto found = std::ranges::find(answer.headers, name, &std::pair<std::string, std::string>::first);
        return found == answer.headers.end() ? "" : found->second;
    }

    World world;
    Metrics metrics;
    SeededRandom random{1};
    Env env{world.clock(), Log::silent(), metrics, random};
    api::Gate gate{env, world.database(), world.router(), limit};
};

TEST_F(RateLimited, EachKeyHasItsMinute) {
    const auto other = world.second_organization_key();
    world.clock().advance(seconds(15));  // into a minute
    for (unsigned number = 1; number <= limit; ++number) {
        const auto answer = get(world.key());
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(header(answer, "X-RateLimit-Limit"), "3");
        EXPECT_EQ(header(answer, "X-RateLimit-Remaining"), std::to_string(limit - number));
        EXPECT_EQ(header(answer, "Retry-After"), "");
    }
    const auto refused = get(world.key());
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header(refused, "X-RateLimit-Remaining"), "0");
    EXPECT_EQ(header(refused, "Retry-After"), "45");
    const auto end_of_minute = (world.clock().now() + seconds(45)).milliseconds / 1'000;
    EXPECT_EQ(header(refused, "X-RateLimit-Reset"), std::to_string(end_of_minute));
    EXPECT_NE(refused.body.find(R"("code":"rate_limited")"), std::string::npos);
    EXPECT_EQ(get(other).status, 200);
    world.clock().advance(seconds(45));
    EXPECT_EQ(get(world.key()).status, 200);
}

TEST_F(RateLimited, WithoutAValidKeyNothingIsCounted) {
    const auto answer = get("etapa_nobody");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(header(answer, "X-RateLimit-Limit"), "");
}

TEST(RateLimit, IsOffByDefault) {
    World world;
    for (const auto& [name, value] : world.good("GET", "/organization").headers) {
        EXPECT_FALSE(name.starts_with("X-RateLimit")) << name;
    }
}

}  // namespace
}  // namespace etapa::tests
