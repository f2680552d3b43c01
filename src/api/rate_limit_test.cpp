#include "api/rate_limit.hpp"

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

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

constexpr int shared_limit = 200;

// How many of the requests to each of the nodes are let pass in one minute, by which nodes.
struct Spread {
    const char* name;
    std::vector<int> requests;  // to each node, in turn
    int accepted_min;
    int accepted_max;
};

class SharedLimit : public testing::TestWithParam<Spread> {
protected:
    using Nodes = api::RateLimit::Nodes;

    int status_at(api::Gate& gate) {
        auto request = World::request(world.key(), "GET", "/organization");
        net::Response response;
        gate.serve_now(request, response);
        return response.status;
    }

    // The nodes are asked in turn until each has had its requests.
    int accepted_in_a_minute() {
        int accepted = 0;
        const auto& requests = GetParam().requests;
        const int most = *std::ranges::max_element(requests);
        for (int round = 0; round < most; ++round) {
            for (std::size_t node = 0; node < requests.size(); ++node) {
                if (round < requests[node] && status_at(nodes[node]) == 200) ++accepted;
            }
        }
        return accepted;
    }

    World world;
    Metrics metrics;
    SeededRandom random{1};
    Env env{world.clock(), Log::silent(), metrics, random};
    std::array<api::Gate, 4> nodes{api::Gate{env, world.database(), world.router(), shared_limit, Nodes::many},
                                   api::Gate{env, world.database(), world.router(), shared_limit, Nodes::many},
                                   api::Gate{env, world.database(), world.router(), shared_limit, Nodes::many},
                                   api::Gate{env, world.database(), world.router(), shared_limit, Nodes::many}};
};

TEST_P(SharedLimit, HoldsWhereverTheRequestsGo) {
    for (int minute = 0; minute < 2; ++minute) {
        const int accepted = accepted_in_a_minute();
        EXPECT_GE(accepted, GetParam().accepted_min);
        EXPECT_LE(accepted, GetParam().accepted_max);
        world.clock().advance(seconds(60));
    }
}

INSTANTIATE_TEST_SUITE_P(, SharedLimit,
                         testing::Values(Spread{"AllToOne", {250, 0}, shared_limit, shared_limit},
                                         Spread{"Evenly", {150, 150}, shared_limit, shared_limit},
                                         Spread{"EvenlyToFour", {80, 80, 80, 80}, shared_limit, shared_limit},
                                         Spread{"OneStopsEarly", {1, 1, 250}, shared_limit * 9 / 10, shared_limit},
                                         Spread{"Few", {40, 40}, 80, 80}),
                         [](const auto& info) { return info.param.name; });

// Sixteen ask at once, half of them at each of two nodes.
TEST_F(RateLimited, HoldsForManyAtOnce) {
    constexpr int limit_of_all = 100;
    constexpr int requests_each = 10;
    std::array<api::Gate, 2> nodes{
        api::Gate{env, world.database(), world.router(), limit_of_all, api::RateLimit::Nodes::many},
        api::Gate{env, world.database(), world.router(), limit_of_all, api::RateLimit::Nodes::many}};
    std::atomic<int> accepted = 0;
    {
        std::vector<std::jthread> clients;
        for (int client = 0; client < 16; ++client) {
            clients.emplace_back([&, client] {
                for (int number = 0; number < requests_each; ++number) {
                    auto request = World::request(world.key(), "GET", "/organization");
                    net::Response response;
                    nodes[static_cast<std::size_t>(client % 2)].serve_now(request, response);
                    if (response.status == 200) ++accepted;
                }
            });
        }
    }
    EXPECT_EQ(accepted, limit_of_all);
}

TEST(RateLimit, IsOffByDefault) {
    World world;
    for (const auto& [name, value] : world.good("GET", "/organization").headers) {
        EXPECT_FALSE(name.starts_with("X-RateLimit")) << name;
    }
}

}  // namespace
}  // namespace etapa::tests
