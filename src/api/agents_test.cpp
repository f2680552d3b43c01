#include "api/test_occupants.hpp"
#include "support/world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace etapa::api {
namespace {

using tests::World;
using Types = std::vector<std::string>;

// A world with one agent, whose events were taken already.
class AgentsApi : public testing::Test {
protected:
    AgentsApi() : agent(make(R"({"name":"Sam","handle":"Sales_1","tools":[{"type":"request_human"}]})")) {
        world.new_events();
    }

    std::string make(std::string_view body) { return world.good("POST", "/agents", body).text("id"); }
    std::string path() { return "/agents/" + agent; }

    World world;
    std::string agent;
};

TEST_F(AgentsApi, AnEmptyBodyMakesAnAgentWithDefaults) {
    const auto answer = world.call("POST", "/agents", "{}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_FALSE(answer.text("name").empty());
    EXPECT_FALSE(answer.text("modelName").empty());
    EXPECT_EQ(answer.at("temperature").to_number<double>(), 0);
    EXPECT_EQ(answer.text("visibility"), "private");
    EXPECT_EQ(answer.at("interfaceConfig"), boost::json::object{});
    EXPECT_EQ(answer.at("tools"), boost::json::array{});
    EXPECT_EQ(answer.text("organizationId"), world.organization().value);
    for (const auto* name : {"description", "handle", "systemPrompt", "enableInactiveHours", "inactiveHours"}) {
        EXPECT_TRUE(answer.json.as_object().contains(name)) << name;
        EXPECT_TRUE(answer.at(name).is_null()) << name;
    }
    for (const auto* name : {"error", "message", "deletedAt"}) EXPECT_FALSE(answer.json.as_object().contains(name));
    EXPECT_EQ(world.new_events(), Types{"agent.created"});
}

TEST_F(AgentsApi, EveryMemberComesBackAsItWasSent) {
    const auto sent = boost::json::parse(R"({"name":"Full","description":"All of it","handle":"full_1",
        "iconUrl":"https://example.com/a.png","modelName":"gpt-4o","temperature":0.7,"visibility":"public",
        "systemPrompt":"Be kind","enableInactiveHours":true,
        "inactiveHours":{"whatsapp":{"monday":[{"from":"00:00","to":"08:00"}]}},"interfaceConfig":{"theme":"dark"},
        "configUrlExternal":{"url":"https://example.com","header":"X: 1"},
        "configUrlInfosSystemExternal":{"url_webhook_external":"https://example.com","headerKey":"k"}})");
    const auto id = make(boost::json::serialize(sent));
    const auto stored = world.good("GET", "/agents/" + id);
    for (const auto& [name, value] : sent.as_object()) EXPECT_EQ(stored.at(name), value) << name;
}

TEST_F(AgentsApi, ToolsGetIdsAndKeepExtraMembers) {
    const auto answer =
        world.good("POST", "/agents",
                   R"({"tools":[{"type":"http","config":{"name":"n","headers":[{"key":"k"}]},"isRaw":true},
                                       {"type":"datastore","datastoreId":"d","datastore":{"name":"Docs"},"formId":null}]})");
    EXPECT_FALSE(answer.text("tools.0.id").empty());
    EXPECT_EQ(answer.text("tools.0.config.headers.0.key"), "k");
    EXPECT_EQ(answer.at("tools.0.isRaw"), true);
    EXPECT_EQ(answer.text("tools.1.datastore.name"), "Docs");
    EXPECT_FALSE(answer.at("tools.1").as_object().contains("formId"));
}

struct BadAgent {
    std::string name;
    std::string body;
    std::vector<std::string> paths;
};

class AgentRefused : public AgentsApi, public testing::WithParamInterface<BadAgent> {};

TEST_P(AgentRefused, WhenCreatedAndWhenChanged) {
    for (const auto& [method, target] : {std::pair("POST", std::string("/agents")), std::pair("PATCH", path())}) {
        const auto answer = world.call(method, target, GetParam().body);
        EXPECT_EQ(answer.status, 400) << method << answer.body;
        EXPECT_EQ(answer.bad_fields(), GetParam().paths) << method;
    }
    EXPECT_EQ(world.new_events(), Types{});
}

INSTANTIATE_TEST_SUITE_P(
    , AgentRefused,
    testing::ValuesIn(std::vector<BadAgent>{
        {.name = "Temperature", .body = R"({"temperature":1.1})", .paths = {"temperature"}},
        {.name = "Handle", .body = R"({"handle":"_no"})", .paths = {"handle"}},
        {.name = "ToolWithoutType", .body = R"({"tools":[{"type":"http"},{"config":{}}]})", .paths = {"tools.1.type"}},
        {.name = "FileAsAddressOfUserData",
         .body = R"({"configUrlExternal":{"url":"file:///etc/passwd"}})",
         .paths = {"configUrlExternal.url"}},
        {.name = "PrivateAddresses",
         .body = R"({"configUrlExternal":{"url":"http://10.0.0.1"},)"
                 R"("configUrlInfosSystemExternal":{"url_webhook_external":"http://10.0.0.1"}})",
         .paths = {"configUrlExternal.url", "configUrlInfosSystemExternal.url_webhook_external"}},
        {.name = "Everything",
         .body = R"({"name":"","temperature":-1,"visibility":"secret","interfaceConfig":[],"tools":[{"config":1}]})",
         .paths = {"name", "visibility", "interfaceConfig", "tools.0.config", "tools.0.type", "temperature"}},
    }),
    [](const auto& info) { return info.param.name; });

TEST_F(AgentsApi, IsFoundByIdAndByHandle) {
    const auto by_id = world.good("GET", path());
    EXPECT_EQ(by_id.text("handle"), "sales_1");
    EXPECT_EQ(world.good("GET", "/agents/@Sales_1").body, by_id.body);
    EXPECT_EQ(world.good("PATCH", "/agents/@sales_1", R"({"name":"Sue"})").text("id"), agent);
    for (const auto* unknown : {"/agents/nobody", "/agents/@nobody", "/agents/@", "/agents/sales_1"}) {
        EXPECT_EQ(world.call("GET", unknown).status, 404) << unknown;
    }
}

TEST_F(AgentsApi, AHandleBelongsToOneAgentOfAnOrganization) {
    EXPECT_EQ(world.call("POST", "/agents", R"({"handle":"SALES_1"})").status, 409);
    const auto second = make("{}");
    EXPECT_EQ(world.call("PATCH", "/agents/" + second, R"({"handle":"sales_1"})").status, 409);
    EXPECT_EQ(world.call("PATCH", path(), R"({"handle":"sales_1"})").status, 200);
    EXPECT_EQ(world.new_events(), Types{"agent.created"});
    const auto key = world.second_organization_key();
    EXPECT_EQ(world.call_as(key, "POST", "/agents", R"({"handle":"sales_1"})").status, 200);
    world.good("DELETE", path());
    EXPECT_EQ(world.call("PATCH", "/agents/" + second, R"({"handle":"sales_1"})").status, 200);
}

TEST_F(AgentsApi, ListsTheNewestFirst) {
    const auto second = make("{}");
    const auto all = world.good("GET", "/agents");
    ASSERT_EQ(all.json.as_array().size(), 2);
    EXPECT_EQ(all.text("0.id"), second);
    EXPECT_EQ(all.text("1.id"), agent);
    const auto page = world.good("GET", "/agents?limit=1&offset=1");
    ASSERT_EQ(page.json.as_array().size(), 1);
    EXPECT_EQ(page.text("0.id"), agent);
    EXPECT_EQ(world.call("GET", "/agents?limit=0&offset=-1").bad_fields(), (Types{"limit", "offset"}));
}

TEST_F(AgentsApi, ChangesOnlyWhatIsSentAndClearsWithNull) {
    world.good("PATCH", path(), R"({"description":"d","systemPrompt":"p","interfaceConfig":{"a":1,"b":2}})");
    world.clock().advance(seconds(5));
    world.new_events();
    const auto answer = world.good("PATCH", path(), R"({"description":null,"name":null,"interfaceConfig":{"b":3}})");
    EXPECT_TRUE(answer.at("description").is_null());
    EXPECT_EQ(answer.text("name"), "Sam");
    EXPECT_EQ(answer.text("systemPrompt"), "p");
    EXPECT_EQ(answer.at("interfaceConfig"), (boost::json::object{{"b", 3}}));
    EXPECT_EQ(answer.at("tools").as_array().size(), 1);
    EXPECT_EQ(answer.text("updatedAt"), "2026-03-01T09:00:05.000Z");
    EXPECT_EQ(world.new_events(), Types{"agent.changed"});
}

TEST_F(AgentsApi, SendingTheWholeAgentBackChangesNothing) {
    const auto before = world.good("GET", path());
    world.clock().advance(seconds(5));
    EXPECT_EQ(world.good("PATCH", path(), before.body).body, before.body);
    EXPECT_EQ(world.good("PATCH", path(), "{}").body, before.body);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(AgentsApi, ToolsOfAChangeAreTheFinalSet) {
    const auto stored = world.good("GET", path()).at("tools.0");
    const auto both = world.good(
        "PATCH", path(), R"({"tools":[)" + boost::json::serialize(stored) + R"(,{"type":"http","config":{"a":1}}]})");
    EXPECT_EQ(both.at("tools.0"), stored);
    const auto http = both.text("tools.1.id");
    const auto one = world.good("PATCH", path(), R"({"tools":[{"id":")" + http + R"(","config":{"a":2}}]})");
    EXPECT_EQ(one.at("tools").as_array().size(), 1);
    EXPECT_EQ(one.at("tools.0.config.a"), 2);
    EXPECT_EQ(one.text("tools.0.type"), "http");
}

TEST_F(AgentsApi, ADeletedAgentIsGoneEverywhere) {
    const auto scenario = world.scenario();
    const auto step = world.step(scenario, "New",
                                 R"("agentId":")" + agent + R"(","zapi":{"agentId":")" + agent +
                                     R"(","message":"hi"},"whatsapp":{"templateAgentId":")" + agent + R"("})");
    const auto conversation = world.conversation(R"("agentId":")" + agent + '"');
    world.place(conversation, step);
    const auto before = world.good("GET", path());
    world.new_events();

    EXPECT_EQ(world.good("DELETE", path()).body, before.body);
    EXPECT_EQ(world.new_events(), (Types{"step.changed", "agent.deleted"}));
    EXPECT_EQ(world.call("GET", path()).status, 404);
    EXPECT_EQ(world.call("GET", "/agents/@sales_1").status, 404);
    EXPECT_EQ(world.call("DELETE", path()).status, 404);
    EXPECT_EQ(world.good("GET", "/agents").at(""), boost::json::array{});
    const auto cleared = world.good("GET", "/crm/step/" + step);
    EXPECT_TRUE(cleared.at("agentId").is_null());
    EXPECT_TRUE(cleared.at("agent").is_null());
    EXPECT_TRUE(cleared.at("zapi.agentId").is_null());
    EXPECT_EQ(cleared.text("zapi.message"), "hi");
    EXPECT_TRUE(cleared.at("whatsapp.templateAgentId").is_null());
    EXPECT_TRUE(world.good("GET", "/conversation/" + conversation).at("agentId").is_null());
}

// R93: a job clears the rest.
TEST_F(AgentsApi, ADeletedAgentAnswersNowhereThoughMoreThanAThousandNameIt) {
    const auto scenario = world.scenario();
    const auto step = world.step(scenario, "New", R"("agentId":")" + agent + '"');
    const auto next = world.step(scenario, "Next", R"("initialMessage":"Hello")");
    const auto last = occupy(world, step, 1'001).back().value;
    world.good("DELETE", path());
    EXPECT_EQ(count_rows(world, "placement WHERE responding_agent_id IS NOT NULL"), 1);
    const auto shown = [&] {
        return world.good("GET", "/crm/scenario/" + scenario + "/conversation?limit=1").at("0.respondingAgentId");
    };
    EXPECT_EQ(shown(), nullptr);
    EXPECT_EQ(world.good("GET", "/conversation/" + last).at("crmScenarioConversations.0.respondingAgentId"), nullptr);
    const auto moved = world.good(
        "POST", "/crm/step/move",
        R"({"conversationId":")" + last + R"(","destStepId":")" + next + R"(","shouldSendInitialMessage":true})");
    EXPECT_EQ(world.good("GET", "/messages/" + moved.text("sentMessageId")).at("agentId"), nullptr);
    world.run_jobs();
    EXPECT_EQ(shown(), nullptr);
    EXPECT_EQ(count_rows(world, "placement WHERE responding_agent_id IS NOT NULL"), 0);
}

TEST_F(AgentsApi, AForeignAgentIsUnknown) {
    const auto key = world.second_organization_key();
    for (const auto& target : {path(), std::string("/agents/@sales_1")}) {
        EXPECT_EQ(world.call_as(key, "GET", target).status, 404);
        EXPECT_EQ(world.call_as(key, "PATCH", target, R"({"name":"Mine"})").status, 404);
        EXPECT_EQ(world.call_as(key, "DELETE", target).status, 404);
    }
    EXPECT_EQ(world.call_as(key, "GET", "/agents").at(""), boost::json::array{});
    EXPECT_EQ(world.call_as("", "GET", path()).status, 401);
    EXPECT_EQ(world.good("GET", path()).text("name"), "Sam");
}

}  // namespace
}  // namespace etapa::api
