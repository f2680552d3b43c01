#include "api/test_conversations.hpp"
#include "crm/conversations/store.hpp"
#include "flow/change.hpp"

#include <boost/json/parse.hpp>

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

// A conversation, two members, and one of whom is an invited one.
class ConversationActions : public testing::Test {
protected:
    ConversationActions() : talk(world.conversation()) {
        ids["ana"] = world.member("ana@acme.example");
        ids["bob"] = world.member("bob@acme.example");
        const auto members = world.good("GET", "/memberships");
        ids["ana's user"] = members.text("1.userId");
        ids["invited"] =
            world.good("POST", "/memberships", R"({"email":"cy@acme.example","name":"Cy","role":"USER","invite":true})")
                .text("id");
        world.new_events();
    }

    Answer act(const std::string& action, const std::string& body = {}) {
        return world.call("POST", "/conversations/" + talk + '/' + action, expanded(body, ids));
    }
    Answer now() { return world.good("GET", "/conversation/" + talk); }
    Types holders() {
        Types emails;
        const auto assignees = now().at("assignees");
        for (const auto& one : assignees.as_array()) emails.emplace_back(one.at("user").at("email").as_string());
        return emails;
    }
    // Open conversations that are held, as they are kept and as they are counted.
    std::int64_t kept_load() {
        return sum("SELECT coalesce(sum(open), 0) FROM member_load WHERE organization_id = $1");
    }
    std::int64_t counted_load() {
        return sum(
            "SELECT count(*) FROM conversation_assignee AS held JOIN conversation ON conversation.organization_id ="
            " held.organization_id AND conversation.id = held.conversation_id WHERE held.organization_id = $1"
            " AND conversation.status <> 'RESOLVED'");
    }
    std::int64_t sum(Sql statement) {
        auto body = [&](ReadTx& tx) { return tx.one<std::int64_t>(statement, tx.organization()); };
        return world.database().read_now(world.caller(), body);
    }
    void expect_events(const Types& types) {
        EXPECT_EQ(world.new_events(), types);
        EXPECT_EQ(kept_load(), counted_load());
    }

    World world;
    std::string talk;
    Names ids;
};

TEST_F(ConversationActions, AMemberIsNamedInAnyOfFiveWays) {
    for (const auto* body : {R"({"email":"Ana@Acme.example"})", R"({"id":"{ana's user}"})", R"({"id":"{ana}"})",
                             R"({"membershipId":"{ana}"})", R"({"userId":"{ana's user}"})", R"({"assigneeId":"{ana}"})",
                             R"({"assigneeId":"{ana's user}","force":"false"})"}) {
        const auto answer = act("assign", body);
        EXPECT_EQ(answer.json, boost::json::parse(R"({"success":true,"message":"Conversation Assigned."})")) << body;
        EXPECT_EQ(holders(), Types{"ana@acme.example"}) << body;
        expect_events({"conversation.changed"});
        EXPECT_EQ(act("unassign").text("message"), "Conversation unassigned.");
        EXPECT_EQ(holders(), Types{});
        expect_events({"conversation.changed"});
    }
}

TEST_F(ConversationActions, WhoHoldsItKeepsItUnlessForced) {
    act("assign", R"({"email":"ana@acme.example"})");
    world.new_events();
    EXPECT_EQ(act("assign", R"({"email":"ana@acme.example"})").status, 200);
    const auto refused = act("assign", R"({"email":"bob@acme.example"})");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.text("code"), "conflict");
    EXPECT_EQ(act("assign", R"({"email":"bob@acme.example","force":false})").status, 409);
    EXPECT_EQ(holders(), Types{"ana@acme.example"});
    expect_events({});
    EXPECT_EQ(act("assign", R"({"email":"bob@acme.example","force":"true"})").status, 200);
    EXPECT_EQ(holders(), Types{"bob@acme.example"});
    expect_events({"conversation.changed"});
}

TEST_F(ConversationActions, UnassigningTwiceUnassignsOnce) {
    EXPECT_EQ(act("unassign").status, 200);
    expect_events({});
}

struct BadAction {
    std::string name;
    std::string action;
    std::string body;
    std::vector<std::string> fields;
};

class ActionRefused : public ConversationActions, public testing::WithParamInterface<BadAction> {};

TEST_P(ActionRefused, NamesEveryBadFieldAndChangesNothing) {
    const auto before = now().json;
    const auto answer = act(GetParam().action, GetParam().body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.bad_fields(), GetParam().fields) << answer.body;
    EXPECT_EQ(now().json, before);
    expect_events({});
}

INSTANTIATE_TEST_SUITE_P(, ActionRefused,
                         testing::ValuesIn(std::vector<BadAction>{
                             {"AssignNobody", "assign", "{}", {"email"}},
                             {"AssignNull", "assign", R"({"email":null,"id":null})", {"email"}},
                             {"AssignUnknown", "assign", R"({"email":"eve@acme.example"})", {"email"}},
                             {"AssignUnknownId", "assign", R"({"id":"nobody"})", {"id"}},
                             {"AssignTwo", "assign", R"({"email":"ana@acme.example","id":"{bob}"})", {"id"}},
                             {"AssignInvited", "assign", R"({"membershipId":"{invited}"})", {"membershipId"}},
                             {"AssignWithUnclearForce", "assign", R"({"id":"{ana}","force":"perhaps"})", {"force"}},
                             {"StatusMissing", "set-status", "", {"status"}},
                             {"StatusUnknown", "set-status", R"({"status":"resolved"})", {"status"}},
                             {"StatusUnknownUpdated", "update-status", R"({"status":"open"})", {"status"}},
                             {"PriorityMissing", "set-priority", "{}", {"priority"}},
                             {"PriorityUnknown", "set-priority", R"({"priority":"URGENT"})", {"priority"}},
                             {"AiMissing", "set-ai-enabled", R"({"aiEnabled":true})", {"enabled"}},
                             {"AiUnclear", "set-ai-enabled", R"({"enabled":"off"})", {"enabled"}},
                             {"AiNumber", "set-ai-enabled", R"({"enabled":1})", {"enabled"}},
                         }),
                         [](const auto& info) { return info.param.name; });

TEST_F(ConversationActions, StatusChangesKeepTheLoadAndTheStep) {
    const auto step = world.step(world.scenario(), "New");
    world.place(talk, step);
    act("assign", R"({"id":"{ana}"})");
    world.new_events();
    const std::vector<std::pair<std::string, std::string>> changes{{"set-status", "RESOLVED"},
                                                                   {"update-status", "UNRESOLVED"},
                                                                   {"resolve", "RESOLVED"},
                                                                   {"request-human", "HUMAN_REQUESTED"}};
    for (const auto& [action, status] : changes) {
        const auto answer = act(action, action.ends_with("status") ? R"({"status":")" + status + R"("})" : "");
        EXPECT_EQ(answer.json, boost::json::parse(R"({"success":true,"message":"Conversation Status changed."})"));
        EXPECT_EQ(now().text("status"), status);
        EXPECT_EQ(now().text("crmScenarioConversations.0.stepId"), step);
        EXPECT_EQ(now().at("isAiEnabled"), true);
        expect_events({"conversation.changed"});
    }
    act("request-human");
    expect_events({});
}

TEST_F(ConversationActions, PriorityAndAiAreSetOnce) {
    EXPECT_EQ(act("set-priority", R"({"priority":"HIGH"})").text("message"), "Conversation Priority changed.");
    EXPECT_EQ(now().text("priority"), "HIGH");
    expect_events({"conversation.changed"});
    for (const auto* off : {"false", R"("false")"}) {
        EXPECT_EQ(act("set-ai-enabled", R"({"enabled":)" + std::string(off) + '}').text("message"), "AI is Off.");
        EXPECT_EQ(now().at("isAiEnabled"), false);
    }
    expect_events({"conversation.changed"});
    EXPECT_EQ(act("set-ai-enabled", R"({"enabled":"true"})").text("message"), "AI is On.");
    EXPECT_EQ(now().at("isAiEnabled"), true);
    expect_events({"conversation.changed"});
}

TEST_F(ConversationActions, PatchChangesWhatItNamesAndAnswersAsAReadDoes) {
    world.clock().advance(seconds(1));
    const auto body = R"({"title":"Refund","status":"RESOLVED","priority":"LOW","isAiEnabled":false})";
    const auto answer = world.good("PATCH", "/conversation/" + talk, body);
    EXPECT_EQ(answer.json, now().json);
    EXPECT_EQ(answer.text("title"), "Refund");
    EXPECT_EQ(answer.text("status"), "RESOLVED");
    EXPECT_EQ(answer.text("priority"), "LOW");
    EXPECT_EQ(answer.at("isAiEnabled"), false);
    EXPECT_GT(answer.text("updatedAt"), answer.text("createdAt"));
    expect_events({"conversation.changed"});
    EXPECT_EQ(world.good("PATCH", "/conversations/" + talk, body).json, answer.json);
    expect_events({});
    EXPECT_TRUE(world.good("PATCH", "/conversations/" + talk, R"({"title":null})").at("title").is_null());
    const auto refused =
        world.call("PATCH", "/conversation/" + talk, R"({"title":5,"status":"open","priority":1,"isAiEnabled":"x"})");
    EXPECT_EQ(refused.bad_fields(), (Types{"title", "status", "priority", "isAiEnabled"}));
}

TEST_F(ConversationActions, OthersCanDoNothing) {
    const auto rival = world.second_organization_key();
    const auto eve = world.call_as(rival, "GET", "/memberships").text("0.id");
    EXPECT_EQ(act("assign", R"({"membershipId":")" + eve + R"("})").bad_fields(), Types{"membershipId"});
    EXPECT_EQ(act("assign", R"({"email":"owner@rival.example"})").bad_fields(), Types{"email"});
    const auto before = now().json;
    for (const auto* action : {"unassign", "resolve", "request-human", "read"}) {
        EXPECT_EQ(world.call_as(rival, "POST", "/conversation/" + talk + '/' + action).status, 404) << action;
    }
    EXPECT_EQ(world.call_as(rival, "DELETE", "/conversation/" + talk).status, 404);
    EXPECT_EQ(now().json, before);
}

TEST_F(ConversationActions, CountsSayWhatThereIsAndWhatIsActive) {
    const auto scenario = world.scenario();
    const auto first = world.step(scenario, "New");
    const auto second = world.step(scenario, "Won");
    world.place(talk, first);
    const auto other = world.conversation();
    world.place(other, first);
    world.move(other, second);
    world.conversation(R"("status":"RESOLVED")");
    const auto answer = world.good("GET", "/crm/conversation/count");
    EXPECT_EQ(answer.json, boost::json::parse(expanded(
                               R"({"data":{"total":3,"byStatus":{"RESOLVED":1,"UNRESOLVED":2},"active":2,)"
                               R"("byScenario":{"{scenario}":2},"byStep":{"{first}":1,"{second}":1}},"success":true})",
                               {{"scenario", scenario}, {"first", first}, {"second", second}})));
    world.good("DELETE", "/conversation/" + other);
    EXPECT_EQ(world.good("GET", "/crm/conversation/count").at("data.total"), 2);
    EXPECT_EQ(world.good("GET", "/crm/conversation/count").at("data.active"), 1);
}

TEST_F(ConversationActions, HistoryIsTheListInBriefPageByPage) {
    world.clock().advance(seconds(1));
    const auto newer = world.conversation(R"("channel":"telegram")");
    const auto page = world.good("GET", "/conversations/history?limit=1");
    EXPECT_EQ(page.at("success"), true);
    EXPECT_EQ(page.at("data").as_array().size(), 1);
    EXPECT_EQ(page.text("data.0.id"), newer);
    EXPECT_EQ(page.text("data.0.channel"), "telegram");
    const auto cursor =
        "%7B%22lastCreatedAt%22%3A%22" + page.text("data.0.createdAt") + "%22%2C%22lastId%22%3A%22" + newer + "%22%7D";
    const auto next = world.good("GET", "/conversation/history?limit=1&cursor=" + cursor);
    EXPECT_EQ(next.text("data.0.id"), talk);
}

}  // namespace
}  // namespace etapa::api
