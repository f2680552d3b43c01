// What operators and their tools ask, without a key.
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace etapa::tests {
namespace {

Answer ask(World& world, std::string_view path) {
    auto answer = world.call_as("", "GET", path);
    EXPECT_EQ(answer.status, 200) << path;
    return answer;
}

TEST(System, SaysThatItIsAliveAndReady) {
    World world;
    EXPECT_EQ(ask(world, "/healthz").body, R"({"status":"alive"})");
    EXPECT_EQ(ask(world, "/readyz").body, R"({"status":"ready"})");
}

TEST(System, ShowsItsMetrics) {
    World world;
    world.conversation();
    EXPECT_NE(ask(world, "/metrics").body.find("# TYPE etapa_"), std::string::npos);
}

TEST(System, ShowsAPageThatLoadsNothing) {
    World world;
    const auto page = ask(world, "/");
    for (const std::string_view link : {"/openapi.json", "/healthz", "/readyz", "/metrics"}) {
        EXPECT_NE(page.body.find("href=\"" + std::string(link) + '"'), std::string::npos) << link;
    }
    for (const std::string_view load : {"http:", "https:", "src=", "<script", "<link", "@import", "url("}) {
        EXPECT_EQ(page.body.find(load), std::string::npos) << load;
    }
    EXPECT_TRUE(std::ranges::any_of(page.headers, [](const auto& header) {
        return header.first == "Content-Security-Policy" && header.second.starts_with("default-src 'none'");
    }));
}

}  // namespace
}  // namespace etapa::tests
