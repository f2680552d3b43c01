#include "crm/agents/store.hpp"
#include "crm/agents/tools.hpp"
#include "crm/test_crm.hpp"

#include <boost/json/parse.hpp>

namespace etapa::agents {
namespace {

class AgentTools : public CrmTest {
protected:
    std::vector<JsonObject> merge(const std::vector<JsonObject>& stored, const std::vector<JsonObject>& wanted) {
        return write([&](WriteTx& tx) {
            bad = {};
            return merged_tools(tx, stored, wanted, bad);
        });
    }
    static std::string member(const JsonObject& tool, std::string_view name) {
        const auto value = boost::json::parse(tool.value).as_object().at(name);
        return std::string(value.as_string());
    }

    BadFields bad;
};

TEST_F(AgentTools, ANewToolGetsAnIdAndKeepsWhatItBrings) {
    const auto tools = merge({}, {{R"({"type":"http","config":{"url":"https://x"},"isRaw":true,"note":"kept"})"}});
    ASSERT_EQ(tools.size(), 1);
    const auto id = member(tools[0], "id");
    EXPECT_EQ(tools[0].value,
              R"({"id":")" + id + R"(","type":"http","config":{"url":"https://x"},"isRaw":true,"note":"kept"})");
}

TEST_F(AgentTools, NullsAreLeftOut) {
    const auto tools = merge({}, {{R"({"type":"datastore","config":null,"formId":null})"}});
    EXPECT_EQ(tools[0].value.find("null"), std::string::npos);
}

TEST_F(AgentTools, AKnownIdChangesOnlyTheConfig) {
    const auto stored = merge({}, {{R"({"type":"http","config":{"url":"a"}})"}});
    const auto id = member(stored[0], "id");
    const auto tools = merge(stored, {{R"({"type":"form","id":")" + id + R"(","config":{"url":"b"},"extra":1})"}});
    EXPECT_EQ(tools, std::vector<JsonObject>{{R"({"id":")" + id + R"(","type":"http","config":{"url":"b"}})"}});
}

TEST_F(AgentTools, WhatIsNotNamedGoes) {
    const auto stored = merge({}, {{R"({"type":"request_human"})"}, {R"({"type":"mark_as_resolved"})"}});
    EXPECT_EQ(merge(stored, {stored[1]}), std::vector<JsonObject>{stored[1]});
    EXPECT_TRUE(merge(stored, {}).empty());
}

TEST_F(AgentTools, TheSameSetStaysTheSame) {
    const auto stored = merge({}, {{R"({"type":"http","config":{"a":1}})"}, {R"({"type":"request_human"})"}});
    EXPECT_EQ(merge(stored, stored), stored);
}

TEST_F(AgentTools, AnUnknownOrRepeatedIdIsANewTool) {
    const auto stored = merge({}, {{R"({"type":"request_human"})"}});
    const auto tools = merge(stored, {stored[0], stored[0], {R"({"type":"http","id":"mine"})"}});
    ASSERT_EQ(tools.size(), 3);
    EXPECT_EQ(tools[0], stored[0]);
    EXPECT_NE(member(tools[1], "id"), member(tools[0], "id"));
    EXPECT_NE(member(tools[2], "id"), "mine");
}

TEST_F(AgentTools, EveryBadToolIsNamed) {
    merge({}, {{R"({"config":1})"}, {R"({"type":5})"}});
    EXPECT_TRUE(bad.names("tools.0.type"));
    EXPECT_TRUE(bad.names("tools.0.config"));
    EXPECT_TRUE(bad.names("tools.1.type"));
}

TEST(Handle, HasFourToFifteenSaneCharactersInLowerCase) {
    for (const auto* text : {"abcd", "Sales_1", "a23456789012345"}) EXPECT_TRUE(Handle::parse(text)) << text;
    EXPECT_EQ(Handle::parse("Sales_1")->value, "sales_1");
    for (const auto* text : {"", "abc", "_abc", "abc_", "sales bot", "sales-bot", "a234567890123456", "café1"}) {
        EXPECT_FALSE(Handle::parse(text)) << text;
    }
}

}  // namespace
}  // namespace etapa::agents
