#include "api/test_conversations.hpp"

#include <boost/json/parse.hpp>

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

class VariablesApi : public testing::Test {
protected:
    VariablesApi() : talk(world.conversation()) { world.new_events(); }

    Answer set(const std::string& name, const std::string& value) {
        return world.call(
            "POST", "/variables",
            R"({"conversationId":")" + talk + R"(","varName":")" + name + R"(","varValue":")" + value + R"("})");
    }

    World world;
    std::string talk;
};

TEST_F(VariablesApi, SettingAgainReplacesTheValueAndKeepsTheTimeOfCreation) {
    const auto first = set("plan", "gold");
    ASSERT_EQ(first.status, 200) << first.body;
    world.clock().advance(seconds(5));
    const auto second = set("plan", "silver");
    EXPECT_EQ(second.text("varValue"), "silver");
    EXPECT_EQ(second.text("createdAt"), first.text("createdAt"));
    EXPECT_NE(second.text("updatedAt"), first.text("updatedAt"));
    EXPECT_EQ(set("plan", "silver").json, second.json);
    EXPECT_EQ(world.new_events(), (Types{"variable.set", "variable.set"}));
    Types names;
    for (const auto& member : second.json.as_object()) names.emplace_back(member.key());
    EXPECT_EQ(names, (Types{"conversationId", "varName", "varValue", "createdAt", "updatedAt"}));
}

TEST_F(VariablesApi, BothSpellingsMeanTheSame) {
    const auto plan = set("plan", "gold").json;
    for (const std::string family : {"/conversation/", "/conversations/"}) {
        const auto below = family + talk + "/variables";
        EXPECT_EQ(world.good("GET", below).json, boost::json::array{plan});
        EXPECT_EQ(world.good("GET", below + "/plan").json, plan);
        EXPECT_EQ(world.good("POST", below, R"({"key":"size","value":"XL"})").text("varName"), "size");
        EXPECT_EQ(world.good("GET", "/variables/" + talk + "/size").text("varValue"), "XL");
        EXPECT_EQ(world.good("DELETE", below, R"({"key":"size"})").text("deleted.varValue"), "XL");
    }
    EXPECT_EQ(world.good("GET", "/variables/" + talk).json, boost::json::array{plan});
    EXPECT_EQ(world.good("GET", "/variables/" + talk + "/plan").json, plan);
}

TEST_F(VariablesApi, DeletingSaysWhatWasDeletedAndThenIsNotFound) {
    const auto plan = set("plan", "gold").json;
    const auto path = "/variables/" + talk + "/plan";
    world.new_events();
    const auto deleted = world.good("DELETE", path);
    EXPECT_EQ(deleted.text("message"), "Variable successfully deleted");
    EXPECT_EQ(deleted.at("deleted"), plan);
    EXPECT_EQ(world.new_events(), Types{"variable.deleted"});
    EXPECT_EQ(world.call("GET", path).status, 404);
    EXPECT_EQ(world.call("DELETE", path).status, 404);
    EXPECT_EQ(world.good("GET", "/variables/" + talk).json, boost::json::array());
}

TEST_F(VariablesApi, LimitsCountCharacters) {
    std::string name;
    std::string value;
    for (int count = 0; count < 20; ++count) name += "ü";
    for (int count = 0; count < 100; ++count) value += "漢";
    EXPECT_EQ(set(name, value).status, 200);
    world.new_events();
    const auto refused = set(name + 'u', value + 'x');
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.bad_fields(), (Types{"varName", "varValue"}));
    talk = std::string(51, 'c');
    EXPECT_EQ(set("plan", "gold").bad_fields(), Types{"conversationId"});
    talk = std::string(50, 'c');
    EXPECT_EQ(set("plan", "gold").status, 404);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(VariablesApi, EveryBadFieldIsNamed) {
    EXPECT_EQ(world.call("POST", "/variables", "{}").bad_fields(), (Types{"conversationId", "varName", "varValue"}));
    EXPECT_EQ(world.call("POST", "/variables", R"({"conversationId":5,"varName":" ","varValue":7})").bad_fields(),
              (Types{"conversationId", "varValue", "varName"}));
    EXPECT_EQ(world.call("POST", "/conversation/" + talk + "/variables", R"({"key":""})").bad_fields(),
              (Types{"value", "key"}));
    EXPECT_EQ(set("empty", "").status, 200);
}

TEST_F(VariablesApi, AreSetByTheirPathToo) {
    const auto path = "/variables/" + talk;
    EXPECT_EQ(world.good("PUT", path + "/plan", R"({"varValue":"gold"})").text("varValue"), "gold");
    const auto changed = world.good("PUT", path + "/plan", R"({"varValue":"silver"})");
    EXPECT_EQ(world.good("GET", path + "/plan").json, changed.json);
    EXPECT_EQ(changed.text("varValue"), "silver");
    EXPECT_EQ(world.new_events(), (Types{"variable.set", "variable.set"}));
    EXPECT_EQ(world.call("PUT", path + "/plan", "{}").bad_fields(), Types{"varValue"});
    for (const auto& name : {std::string("%20"), std::string(21, 'n')}) {
        EXPECT_EQ(world.call("PUT", std::string(path).append(1, '/').append(name), R"({"varValue":7})").bad_fields(),
                  (Types{"varValue", "varName"}));
    }
    EXPECT_EQ(world.call("PUT", "/variables/nobody/plan", R"({"varValue":"gold"})").status, 404);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(VariablesApi, AreTwoHundredAtMost) {
    for (int made = 0; made < 200; ++made) EXPECT_EQ(set("v" + std::to_string(made), "1").status, 200);
    EXPECT_EQ(set("one-more", "1").status, 409);
    EXPECT_EQ(set("v7", "2").status, 200);
}

TEST_F(VariablesApi, AreUnknownToOthers) {
    set("plan", "gold");
    const auto rival = world.second_organization_key();
    for (const auto* path : {"", "/plan"}) {
        EXPECT_EQ(world.call_as(rival, "GET", "/variables/" + talk + path).status, 404);
    }
    EXPECT_EQ(world.call_as(rival, "DELETE", "/variables/" + talk + "/plan").status, 404);
}

}  // namespace
}  // namespace etapa::api
