#include "api/test_conversations.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

class ConversationTags : public testing::Test {
protected:
    ConversationTags() : path("/conversations/" + world.conversation() + "/tags") { world.new_events(); }

    Types names(const Answer& answer) {
        EXPECT_EQ(answer.at("success"), true) << answer.body;
        Types found;
        const auto rows = answer.at("data");
        for (const auto& row : rows.as_array()) found.emplace_back(row.at("name").as_string());
        return found;
    }
    Answer change(std::string_view method, const std::string& tag) {
        return world.good(method, path, R"({"tagName":")" + tag + R"("})");
    }

    World world;
    std::string path;
};

TEST_F(ConversationTags, ATagFirstUsedJoinsTheOrganizationsTags) {
    EXPECT_EQ(names(change("POST", "vip")), Types{"vip"});
    EXPECT_EQ(world.new_events(), (Types{"conversation.changed", "tag.created"}));
    const auto id = world.good("GET", path).text("data.0.id");
    const auto other = "/conversation/" + world.conversation() + "/tags";
    world.new_events();
    const auto again = world.good("POST", other, R"({"tagName":"vip"})");
    EXPECT_EQ(again.text("data.0.id"), id);
    EXPECT_EQ(again.text("data.0.color").front(), '#');
    EXPECT_EQ(world.new_events(), Types{"conversation.changed"});
}

TEST_F(ConversationTags, AddingTwiceAddsOnce) {
    change("POST", "vip");
    world.clock().advance(seconds(1));
    world.new_events();
    EXPECT_EQ(names(change("POST", "vip")), Types{"vip"});
    EXPECT_EQ(world.new_events(), Types{});
    EXPECT_EQ(names(change("POST", "new")), (Types{"vip", "new"}));
    EXPECT_EQ(world.good("GET", path.substr(0, path.rfind('/'))).at("tags.1.tag"), "new");
}

TEST_F(ConversationTags, RemovalIsSaidInTheBodyOrTheQueryAndTwiceIsOnce) {
    change("POST", "vip");
    change("POST", "new");
    world.new_events();
    EXPECT_EQ(names(change("DELETE", "vip")), Types{"new"});
    EXPECT_EQ(names(change("DELETE", "vip")), Types{"new"});
    EXPECT_EQ(names(world.good("DELETE", path + "?tagName=new")), Types{});
    EXPECT_EQ(world.new_events(), (Types{"conversation.changed", "conversation.changed"}));
}

TEST_F(ConversationTags, ATagIsANameOfAtMost200Characters) {
    std::string name;
    for (int count = 0; count < 200; ++count) name += "ü";
    EXPECT_EQ(names(change("POST", name)), Types{name});
    world.new_events();
    for (const auto& body : {std::string("{}"), std::string(R"({"tagName":" "})"), std::string(R"({"tagName":7})"),
                             R"({"tagName":")" + name + R"(u"})"}) {
        const auto answer = world.call("POST", path, body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(answer.bad_fields(), Types{"tagName"});
    }
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ConversationTags, OfAStepAreToldAsFarAsTheyChangeSomething) {
    const auto conversation = world.conversation();
    const auto step = world.step(world.scenario(), "Hot",
                                 R"("defaultTags":["here","new"],"defaultTagsToRemove":["new","absent","cold"])");
    for (const auto* tag : {"here", "cold"}) {
        world.good("POST", "/conversations/" + conversation + "/tags", R"({"tagName":")" + std::string(tag) + R"("})");
    }
    world.place(conversation, step);
    const auto event = world.good("GET", "/events?limit=1000").at("data").as_array().back();
    EXPECT_EQ(event.at("type"), "step.entered");
    EXPECT_EQ(event.at("to").at("tagsAdded"), (boost::json::array{"new"}));
    EXPECT_EQ(event.at("to").at("tagsRemoved"), (boost::json::array{"cold"}));
}

TEST_F(ConversationTags, AreUnknownToOthers) {
    change("POST", "vip");
    const auto rival = world.second_organization_key();
    for (const auto* method : {"GET", "POST", "DELETE"}) {
        EXPECT_EQ(world.call_as(rival, method, path, R"({"tagName":"vip"})").status, 404) << method;
    }
}

}  // namespace
}  // namespace etapa::api
