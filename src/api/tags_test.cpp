#include "api/test_conversations.hpp"
#include "base/ranges.hpp"
#include "crm/conversations/store.hpp"
#include "crm/tags/store.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

class TagsApi : public testing::Test {
protected:
    Types listed(std::string_view path = "/tags") {
        Types names;
        const auto listed = world.good("GET", path).at("data");
        for (const auto& tag : listed.as_array()) names.emplace_back(tag.at("name").as_string());
        return names;
    }
    void put_on(const std::string& conversation, const std::string& name) {
        world.good("POST", "/conversations/" + conversation + "/tags", R"({"tagName":")" + name + R"("})");
    }

    World world;
};

TEST_F(TagsApi, ATagIsCreatedOnceAndPaintedAgain) {
    const auto made = world.call("POST", "/tags", R"({"name":"vip","color":"red"})");
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.at("success"), true);
    EXPECT_EQ(made.text("data.name"), "vip");
    EXPECT_EQ(made.text("data.color"), "red");
    EXPECT_EQ(made.at("data").as_object().size(), 3);
    EXPECT_EQ(world.new_events(), Types{"tag.created"});
    EXPECT_EQ(world.good("POST", "/tags", R"({"name":"vip"})").json, made.json);
    EXPECT_EQ(world.good("POST", "/tags", R"({"name":"vip","color":""})").json, made.json);
    EXPECT_EQ(world.new_events(), Types{});
    const auto painted = world.good("POST", "/tags", R"({"name":"vip","color":"blue"})");
    EXPECT_EQ(painted.at("data.id"), made.at("data.id"));
    EXPECT_EQ(painted.text("data.color"), "blue");
    EXPECT_EQ(world.new_events(), Types{"tag.changed"});
    EXPECT_EQ(world.good("GET", "/tags").at("data"), (boost::json::array{painted.at("data")}));
}

TEST_F(TagsApi, AColourIsChosenWhenNoneIsGiven) {
    EXPECT_FALSE(world.good("POST", "/tags", R"({"name":"vip","color":null})").text("data.color").empty());
}

TEST_F(TagsApi, TagsOfConversationsAreListedInTheOrderOfTheirNames) {
    world.good("POST", "/tags", R"({"name":"vip"})");
    put_on(world.conversation(), "new");
    EXPECT_EQ(listed(), (Types{"new", "vip"}));
    EXPECT_EQ(listed("/tags/get-visible-tags"), (Types{"new", "vip"}));
}

TEST_F(TagsApi, BadNamesAreRefused) {
    for (const std::string& body : {std::string("{}"), std::string(R"({"name":" "})"), std::string(R"({"name":5})"),
                                    R"({"name":")" + std::string(201, 'x') + R"("})"}) {
        for (const std::string_view path : {"/tags", "/tags/delete-by-name"}) {
            const auto answer = world.call("POST", path, body);
            EXPECT_EQ(answer.status, 400) << body;
            EXPECT_EQ(answer.bad_fields(), Types{"name"});
        }
    }
    const auto answer = world.call("POST", "/tags", R"({"color":")" + std::string(51, 'x') + R"("})");
    EXPECT_EQ(answer.bad_fields(), (Types{"name", "color"}));
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(TagsApi, ADeletedTagLeavesAllConversations) {
    const auto conversation = world.conversation();
    put_on(conversation, "vip");
    put_on(conversation, "new");
    world.new_events();
    const auto answer = world.good("DELETE", "/tags/delete-by-name", R"({"name":"vip"})");
    EXPECT_EQ(answer.text("data.name"), "vip");
    EXPECT_EQ(world.new_events(), Types{"tag.deleted"});
    EXPECT_EQ(listed(), Types{"new"});
    EXPECT_EQ(world.good("GET", "/conversation/" + conversation).at("tags"),
              (boost::json::array{boost::json::object{{"tag", "new"}}}));
    EXPECT_EQ(world.call("POST", "/tags/delete-by-name", R"({"name":"vip"})").status, 404);
    world.good("POST", "/tags/delete-by-name", R"({"name":"new"})");
    EXPECT_EQ(listed(), Types{});
}

TEST_F(TagsApi, OfVeryManyConversationsAJobTakesItAndLeavesWhatIsTaggedSince) {
    auto many = [&](WriteTx& tx) {
        for (int made = 0; made < 1'700; ++made) {
            Conversation conversation;
            conversation.id = tx.new_id<ConversationId>();
            conversation.organization_id = tx.organization();
            conversations::insert(tx, conversation);
            tags::change(tx, conversation.id, {}, {"vip"});
        }
    };
    world.database().write_now(world.caller(), many);
    auto left = [](ReadTx& tx) {
        return tx.one<std::int64_t>("SELECT count(*) FROM conversation_tag WHERE organization_id = $1",
                                    tx.organization());
    };
    world.good("POST", "/tags/delete-by-name", R"({"name":"vip"})");
    EXPECT_EQ(world.database().read_now(world.caller(), left), 700);
    auto one_left = [](ReadTx& tx) {
        return tx.one<std::string>("SELECT conversation_id FROM conversation_tag WHERE organization_id = $1 LIMIT 1",
                                   tx.organization());
    };
    const auto uncleared = world.database().read_now(world.caller(), one_left);
    EXPECT_EQ(world.good("GET", "/conversation/" + uncleared).at("tags"), boost::json::array{});
    EXPECT_EQ(world.good("GET", "/conversation?tag=vip").body.find(uncleared), std::string::npos);
    world.clock().advance(seconds(1));
    put_on(uncleared, "vip");
    const auto since = world.conversation();
    put_on(since, "vip");
    world.run_jobs();
    EXPECT_EQ(world.database().read_now(world.caller(), left), 2);
    EXPECT_EQ(world.good("GET", "/conversation/" + uncleared).text("tags.0.tag"), "vip");
    EXPECT_EQ(world.good("GET", "/conversation/" + since).text("tags.0.tag"), "vip");
}

TEST_F(TagsApi, AnOrganizationAndAConversationHaveALimit) {
    const auto conversation = world.conversation();
    auto many = [&](WriteTx& tx) {
        for (int made = 0; made < 999; ++made) {
            const auto name = "tag " + std::to_string(made);
            made < 99 ? tags::change(tx, ConversationId{conversation}, {}, {name}) : tags::list(tx, name);
        }
    };
    world.database().write_now(world.caller(), many);
    put_on(conversation, "the last");
    const auto path = "/conversations/" + conversation + "/tags";
    EXPECT_EQ(world.call("POST", path, R"({"tagName":"tag 500"})").status, 409) << "100 on the conversation";
    put_on(conversation, "the last");
    const auto other = world.conversation();
    EXPECT_EQ(world.call("POST", "/conversations/" + other + "/tags", R"({"tagName":"new"})").status, 409);
    EXPECT_EQ(world.call("POST", "/tags", R"({"name":"new"})").status, 409);
    put_on(other, "tag 500");
    const auto step = world.step(world.scenario(), "Full", R"("defaultTags":["new","tag 501"])");
    world.place(other, step);
    EXPECT_EQ(listed("/conversations/" + other + "/tags"), (Types{"tag 500", "tag 501"}));
    const auto errors = world.good("GET", "/crm/conversationLog?status=error&conversationId=" + other).body;
    EXPECT_NE(errors.find("The tag 'new' was left out"), std::string::npos) << errors;

    const auto swap = world.step(world.scenario(), "Swap",
                                 R"("defaultTagsToRemove":["tag 0"],"defaultTags":["tag 1","tag 501","tag 502"])");
    world.place(conversation, swap);
    const auto left = listed("/conversations/" + conversation + "/tags");
    EXPECT_EQ(left.size(), 100U);
    EXPECT_TRUE(contains(left, "tag 501")) << "in the place of tag 0";
    EXPECT_FALSE(contains(left, "tag 502")) << "there is no room for another";
}

TEST_F(TagsApi, AnotherOrganizationHasItsOwn) {
    world.good("POST", "/tags", R"({"name":"vip"})");
    const auto key = world.second_organization_key();
    EXPECT_EQ(world.call_as(key, "GET", "/tags").at("data"), boost::json::array{});
    EXPECT_EQ(world.call_as(key, "DELETE", "/tags/delete-by-name", R"({"name":"vip"})").status, 404);
    EXPECT_EQ(listed(), Types{"vip"});
}

}  // namespace
}  // namespace etapa::api
