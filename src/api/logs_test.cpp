#include "support/world.hpp"

#include <gtest/gtest.h>

namespace etapa::api {
namespace {

class LogsApi : public testing::Test {
protected:
    // The conversation has been in two steps, and now is in the second.
    LogsApi() {
        world.place(conversation, first);
        world.move(conversation, second);
    }

    tests::Answer stays() { return world.good("GET", "/crm/conversationLog?conversationId=" + conversation); }

    tests::World world;
    std::string sales = world.scenario();
    std::string first = world.step(sales, "First");
    std::string second = world.step(sales, "Second");
    std::string conversation = world.conversation();
};

// R102
TEST_F(LogsApi, AStatusChangesNothingElse) {
    const auto before = stays();
    for (const std::string_view method : {"PUT", "PATCH"}) {
        for (const std::string_view status : {"error", "active", "inactive"}) {
            const auto path = "/crm/conversationLog/" + before.text("data.1.id");
            const auto answer = world.good(method, path, R"({"status":")" + std::string(status) + R"("})");
            EXPECT_EQ(answer.text("status"), status);
            EXPECT_EQ(answer.at("endedAt"), before.at("data.1.endedAt"));
            EXPECT_EQ(stays().at("data.1"), answer.at(""));
        }
    }
    EXPECT_EQ(stays().at("data.0"), before.at("data.0"));
}

TEST_F(LogsApi, AStayEndsWhateverStatusItWasGiven) {
    const std::vector<std::pair<std::string, std::string>> given_and_left{
        {"error", "error"}, {"inactive", "inactive"}, {"active", "inactive"}};
    for (const auto& [given, left] : given_and_left) {
        world.good("PATCH", "/crm/conversationLog/" + stays().text("data.0.id"), R"({"status":")" + given + R"("})");
        world.move(conversation, first);
        EXPECT_EQ(stays().text("data.1.status"), left);
        EXPECT_NE(stays().at("data.1.endedAt"), nullptr);
        world.move(conversation, second);
    }
    world.good("PATCH", "/crm/conversationLog/" + stays().text("data.0.id"), R"({"status":"error"})");
    world.good("DELETE", "/crm/scenario/" + sales);
    EXPECT_EQ(stays().text("data.0.status"), "error");
    EXPECT_NE(stays().at("data.0.endedAt"), nullptr);
}

}  // namespace
}  // namespace etapa::api
