#include "api/test_conversations.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;
using boost::json::array;
using boost::json::object;

// A world with the contact Ana and her conversation, whose events were taken already.
class ContactVariablesApi : public testing::Test {
protected:
    ContactVariablesApi()
        : ana(world.good("POST", "/contacts", R"({"firstName":"Ana"})").text("id")),
          talk(world.conversation(R"("contactId":")" + ana + '"')) {
        world.new_events();
    }

    static std::string wish(const std::string& id, std::string_view key, std::string_view value,
                            std::string_view source = "human") {
        return R"({"id":")" + id + R"(","key":")" + std::string(key) + R"(","value":)" + std::string(value) +
               R"(,"source":")" + std::string(source) + R"("})";
    }
    Answer set(std::string_view key, std::string_view value, std::string_view source = "human") {
        return world.good("POST", path, wish(ana, key, value, source));
    }
    Answer with_header(std::string_view method, std::string_view target, std::string_view body = {}) {
        auto request = World::request(world.key(), method, target, body);
        request.headers.emplace_back("conversationid", talk);
        return world.send(request);
    }

    static constexpr std::string_view path = "/contacts/variables";
    World world;
    std::string ana;
    std::string talk;
};

TEST_F(ContactVariablesApi, ANewContactHasNone) {
    const auto answer = world.good("GET", "/contacts/variables?id=" + ana);
    EXPECT_EQ(answer.json, (object{{"variables", object{{"_sources", object{}}}}, {"variableList", array{}}}));
}

TEST_F(ContactVariablesApi, ValuesOfEveryKindAreKept) {
    for (const std::string value : {"\"gold\"", "7", "1.5", "true", "null", "[1,{\"a\":null}]", "{}"}) {
        EXPECT_EQ(set("plan", value, "ai").at("variables.plan"), boost::json::parse(value)) << value;
    }
    set("since", "2020");
    const auto answer = world.good("GET", "/contacts/variables?id=" + talk);
    EXPECT_EQ(answer.at("variables"),
              (object{{"plan", object{}}, {"since", 2020}, {"_sources", object{{"plan", "ai"}, {"since", "human"}}}}));
    EXPECT_EQ(answer.at("variableList"),
              (array{object{{"varName", "plan"}, {"varValue", object{}}, {"source", "ai"}},
                     object{{"varName", "since"}, {"varValue", 2020}, {"source", "human"}}}));
}

TEST_F(ContactVariablesApi, EachChangeIsOneEvent) {
    set("plan", "\"gold\"");
    EXPECT_EQ(world.new_events(), Types{"contact.variable_set"});
    set("plan", "\"gold\"");
    EXPECT_EQ(world.new_events(), Types{});
    set("plan", "\"gold\"", "ai");
    EXPECT_EQ(world.good("PUT", path, wish(ana, "plan", "1")).at("variables.plan"), 1);
    EXPECT_EQ(world.new_events(), (Types{"contact.variable_set", "contact.variable_set"}));
    EXPECT_EQ(world.good("DELETE", "/contacts/variables?id=" + ana + "&key=plan").at("variables"),
              (object{{"_sources", object{}}}));
    EXPECT_EQ(world.new_events(), Types{"contact.variable_deleted"});
}

TEST_F(ContactVariablesApi, TheHeaderNamesAConversationInsteadOfAnId) {
    EXPECT_EQ(with_header("POST", path, R"({"key":"plan","value":1,"source":"ai"})").at("variables.plan"), 1);
    EXPECT_EQ(with_header("GET", path).at("variables.plan"), 1);
    EXPECT_EQ(with_header("GET", "/contacts/variables?id=nobody").status, 404);
    EXPECT_EQ(world.good("GET", "/contacts/variables?id=" + ana).at("variables.plan"), 1);
    EXPECT_EQ(with_header("DELETE", path).status, 200);
    EXPECT_EQ(world.good("GET", "/contacts/variables?id=" + ana).at("variableList"), array{});
}

TEST_F(ContactVariablesApi, WithoutAKeyAllAreDeleted) {
    set("a", "1");
    set("b", "2");
    world.new_events();
    const auto body = R"({"id":")" + ana + R"("})";
    EXPECT_EQ(world.good("DELETE", path, body).at("variables"), (object{{"_sources", object{}}}));
    EXPECT_EQ(world.new_events(), Types{"contact.variable_deleted"});
    EXPECT_EQ(world.call("DELETE", path, body).status, 200);
    EXPECT_EQ(world.call("DELETE", "/contacts/variables?key=a&id=" + ana).status, 404);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ContactVariablesApi, EveryBadMemberIsNamed) {
    const auto expect_bad = [&](std::string_view body, const Types& paths) {
        const auto answer = world.call("POST", path, body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(answer.bad_fields(), paths) << body;
    };
    expect_bad("{}", {"key", "value", "source", "id"});
    expect_bad(wish(ana, "_sources", "1"), {"key"});
    expect_bad(wish(ana, "", "1", "unknown"), {"key", "source"});
    expect_bad(wish(ana, std::string(101, 'x'), '"' + std::string(70'000, 'x') + '"'), {"key", "value"});
    EXPECT_EQ(world.call("GET", path).bad_fields(), Types{"id"});
    EXPECT_EQ(world.call("DELETE", path).bad_fields(), Types{"id"});
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ContactVariablesApi, WhoIsUnknownForeignOrNobodyIs404) {
    const auto empty = world.conversation();
    const auto key = world.second_organization_key();
    for (const std::string& id : {empty, std::string("nobody")}) {
        EXPECT_EQ(world.call("GET", "/contacts/variables?id=" + id).status, 404) << id;
    }
    for (const std::string& id : {ana, talk}) {
        EXPECT_EQ(world.call_as(key, "GET", "/contacts/variables?id=" + id).status, 404);
        EXPECT_EQ(world.call_as(key, "POST", path, wish(id, "a", "1")).status, 404);
        EXPECT_EQ(world.call_as(key, "DELETE", "/contacts/variables?id=" + id).status, 404);
    }
}

TEST_F(ContactVariablesApi, AContactHasAtMost200) {
    for (int made = 0; made < 200; ++made) set("v" + std::to_string(made), "1");
    EXPECT_EQ(world.call("POST", path, wish(ana, "more", "1")).status, 409);
    EXPECT_EQ(world.call("POST", path, wish(ana, "v7", "2")).status, 200);
}

TEST_F(ContactVariablesApi, AMergeDropsWhatDoesNotFit) {
    for (int made = 0; made < 199; ++made) set("v" + std::to_string(made), "1");
    const auto bob = world.good("POST", "/contacts", R"({"firstName":"Bob"})").text("id");
    for (const auto* key : {"v7", "older", "newer"}) {
        world.good("POST", path, wish(bob, key, "2"));
        world.clock().advance(seconds(1));
    }
    const auto answer =
        world.good("POST", "/contacts/merge", R"({"id":")" + ana + R"(","mergeIds":[")" + bob + R"("]})");
    EXPECT_EQ(answer.at("merged.variables"), 1);
    EXPECT_EQ(answer.at("merged.variablesDropped"), 2);
    const auto list = world.good("GET", "/contacts/variables?id=" + ana);
    EXPECT_EQ(list.at("variableList").as_array().size(), 200);
    EXPECT_EQ(list.at("variables.v7"), 1);
    EXPECT_EQ(list.at("variables.older"), 2);
}

TEST_F(ContactVariablesApi, AMergeAddsThoseThatAreMissing) {
    set("a", "1");
    const auto bob = world.good("POST", "/contacts", R"({"firstName":"Bob"})").text("id");
    for (const std::string_view name : {"a", "b"}) world.good("POST", path, wish(bob, name, "2"));
    const auto answer =
        world.good("POST", "/contacts/merge", R"({"id":")" + ana + R"(","mergeIds":[")" + bob + R"("]})");
    EXPECT_EQ(answer.at("merged.variables"), 1);
    EXPECT_EQ(answer.at("merged.variablesDropped"), 1);
    const auto all = world.good("GET", "/contacts/variables?id=" + ana);
    EXPECT_EQ(all.at("variables.a"), 1);
    EXPECT_EQ(all.at("variables.b"), 2);
    EXPECT_EQ(world.good("DELETE", "/contacts/" + ana).at("deleted.variables"), 2);
}

}  // namespace
}  // namespace etapa::api
