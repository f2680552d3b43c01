// What existing clients need, item by item of API fact 15, over a real socket. INBOX, TSMCP, PYMCP and SH are clients
// that are in use; the facts say who they are.
#include "support/served.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

namespace etapa::tests {
namespace {

using boost::json::value;

// One server for all items: each makes what it needs.
class Clients : public testing::Test {
protected:
    static void SetUpTestSuite() { served = std::make_unique<Served>(); }
    static void TearDownTestSuite() { served.reset(); }

    static Answer good(std::string_view method, std::string_view target, std::string_view body = {}) {
        return served->good(method, target, body);
    }
    static Answer ask(std::string_view method, std::string_view target, std::string_view body = {}) {
        return served->ask(method, target, body);
    }

    static std::string conversation(const std::string& members = {}) {
        return good("POST", "/conversation", '{' + members + '}').text("id");
    }
    static std::string scenario() { return good("POST", "/crm/scenario", R"({"name":"Sales"})").text("id"); }
    static std::string step(const std::string& scenario, const std::string& members = {}) {
        return good("POST", "/crm/step",
                    R"({"name":"New","prompt":"Be kind","scenarioId":")" + scenario + '"' + members + '}')
            .text("id");
    }
    // A conversation with everything around it: contact, variable, tag, assignee, placement.
    static std::string surrounded() {
        const auto id = conversation(R"("contact":{"phoneNumber":"+5511","email":"ana@x.example"})");
        good("POST", "/variables", R"({"conversationId":")" + id + R"(","varName":"plan","varValue":"gold"})");
        good("POST", "/conversations/" + id + "/tags", R"({"tagName":"vip"})");
        good("POST", "/conversations/" + id + "/assign", R"({"email":"owner@acme.example"})");
        good("POST", "/crm/step/conversation",
             R"({"conversationId":")" + id + R"(","stepId":")" + step(scenario()) + R"("})");
        return id;
    }
    // What INBOX shows of a conversation: from the list and alone.
    static std::vector<value> shown(const std::string& id) {
        std::vector<value> both{good("GET", "/conversation/" + id).json};
        const auto list = good("GET", "/conversation").json;
        for (const auto& row : list.as_array()) {
            if (row.at("id").as_string() == id) both.push_back(row);
        }
        EXPECT_EQ(both.size(), 2);
        return both;
    }
    static bool is_text(const value& object, std::string_view member) { return object.at(member).is_string(); }

    static inline std::unique_ptr<Served> served;
};

TEST_F(Clients, Item01TheListIsABareArrayOfTheDefaultPage) {
    for (int made = 0; made < 26; ++made) conversation();
    const auto list = good("GET", "/conversation?agentId=null&createdAt=2020-01-01%2000:00:00&status=UNRESOLVED");
    ASSERT_TRUE(list.json.is_array());
    EXPECT_EQ(list.json.as_array().size(), 25);
}

TEST_F(Clients, Item02EveryRowHasAnId) {
    conversation();
    const auto list = good("GET", "/conversation").json;
    for (const auto& row : list.as_array()) EXPECT_TRUE(is_text(row, "id"));
}

TEST_F(Clients, Item03NeverNullMembers) {
    const std::set<std::string> statuses{"RESOLVED", "UNRESOLVED", "HUMAN_REQUESTED"};
    const std::set<std::string> priorities{"LOW", "MEDIUM", "HIGH"};
    for (const auto& id : {conversation(), surrounded()}) {
        for (const auto& one : shown(id)) {
            EXPECT_TRUE(statuses.contains(std::string(one.at("status").as_string())));
            EXPECT_TRUE(priorities.contains(std::string(one.at("priority").as_string())));
            for (const auto* name : {"isAiEnabled", "isGroup"}) EXPECT_TRUE(one.at(name).is_bool()) << name;
            for (const auto* name : {"frustration", "unreadMessagesCount"}) {
                EXPECT_TRUE(one.at(name).is_number()) << name;
            }
            for (const auto* name : {"channel", "channelExternalId", "organizationId", "createdAt", "updatedAt"}) {
                EXPECT_TRUE(is_text(one, name)) << name;
            }
            for (const auto* name : {"assignees", "participantsContacts", "conversationVariables",
                                     "conversationContexts", "crmScenarioConversations"}) {
                EXPECT_TRUE(one.at(name).is_array()) << name;
            }
        }
    }
}

TEST_F(Clients, Item04MembersThatMayBeNullAreTextsOrObjectsOtherwise) {
    for (const auto& one : shown(surrounded())) {
        for (const auto* name : {"title", "metadata", "channelCredentialsId", "mailInboxId", "formId", "agentId",
                                 "userId", "visitorId", "aiUserIdentifier"}) {
            const auto& member = one.at(name);
            EXPECT_TRUE(member.is_null() || member.is_string() || member.is_object()) << name;
        }
    }
}

TEST_F(Clients, Item05NestedItemsAreWhole) {
    for (const auto& one : shown(surrounded())) {
        EXPECT_EQ(one.at("participantsContacts").as_array().at(0).at("firstName"), "");
        const auto& variable = one.at("conversationVariables").as_array().at(0);
        for (const auto* name : {"conversationId", "varName", "varValue"}) EXPECT_TRUE(is_text(variable, name)) << name;
        for (const auto& context : one.at("conversationContexts").as_array()) {
            EXPECT_TRUE(is_text(context, "context") && is_text(context, "updatedAt"));
        }
        const auto& assignee = one.at("assignees").as_array().at(0).as_object();
        EXPECT_FALSE(assignee.contains("id") || assignee.contains("email"));
        EXPECT_TRUE(is_text(assignee.at("user"), "id") && is_text(assignee.at("user"), "email"));
    }
}

TEST_F(Clients, Item06WhatTheScreenShowsIsThere) {
    const auto one = good("GET", "/conversation/" + surrounded());
    for (const auto* path : {"id", "channel", "status", "priority", "createdAt", "participantsContacts.0.firstName",
                             "conversationVariables.0.varName"}) {
        EXPECT_TRUE(one.at(path).is_string()) << path;
    }
    for (const auto* name : {"title", "isAiEnabled", "agentId", "aiUserIdentifier", "conversationContexts"}) {
        EXPECT_TRUE(one.json.as_object().contains(name)) << name;
    }
}

TEST_F(Clients, Item07TenThousandMessagesAreAskedFor) {
    const auto id = conversation();
    good("POST", "/conversations/" + id + "/message-register", R"({"message":"Hi"})");
    const auto messages = good("GET", "/conversation/" + id + "/messages/10000").at("messages");
    ASSERT_EQ(messages.as_array().size(), 1);
    for (const auto* name : {"id", "text", "from", "createdAt"}) {
        EXPECT_TRUE(is_text(messages.as_array().front(), name)) << name;
    }
}

TEST_F(Clients, Item08ASentMessageHasItsFiveNullableMembers) {
    const auto id = conversation();
    const auto sent = good("POST", "/conversation/message/conversationId/" + id, R"({"message":"Hello"})");
    EXPECT_EQ(sent.at("success"), true);
    EXPECT_EQ(sent.text("message.conversationId"), id);
    EXPECT_EQ(sent.text("message.text"), "Hello");
    EXPECT_EQ(sent.text("message.from"), "agent");
    EXPECT_TRUE(sent.at("message.id").is_string() && sent.at("message.createdAt").is_string());
    const auto message = sent.at("message");
    for (const auto* name : {"html", "sources", "usage", "externalId", "userId"}) {
        EXPECT_TRUE(message.as_object().contains(name)) << name;
    }
    EXPECT_TRUE(message.at("sources").is_null() || message.at("sources").is_array());
}

TEST_F(Clients, Item09ARegisteredMessageIsAllTexts) {
    const auto id = conversation();
    const auto stored =
        good("POST", "/conversations/" + id + "/message-register", R"({"message":"Hi","from":"agent"})");
    EXPECT_EQ(stored.at("success"), true);
    for (const auto* name : {"id", "conversationId", "text", "from", "createdAt"}) {
        EXPECT_TRUE(is_text(stored.at("message"), name)) << name;
    }
}

TEST_F(Clients, Item10EveryActionAnswersWithAMessage) {
    const auto id = conversation();
    const std::vector<std::pair<std::string, std::string>> actions{
        {"/conversations/{}/set-status", R"({"status":"RESOLVED"})"},
        {"/conversations/{}/set-priority", R"({"priority":"HIGH"})"},
        {"/conversations/{}/set-ai-enabled", R"({"enabled":false})"},
        {"/conversation/{}/assign", R"({"email":"owner@acme.example"})"},
        {"/conversations/{}/unassign", ""}};
    for (auto [path, body] : actions) {
        const auto answer = good("POST", path.replace(path.find("{}"), 2, id), body);
        EXPECT_EQ(answer.at("success"), true) << path;
        EXPECT_FALSE(answer.text("message").empty()) << path;
    }
}

TEST_F(Clients, Item11VariablesAreBareAndADeletionShowsWhatWas) {
    const auto id = conversation();
    const auto whole = [](const value& variable) {
        return is_text(variable, "conversationId") && is_text(variable, "varName") && is_text(variable, "varValue");
    };
    EXPECT_TRUE(whole(
        good("POST", "/variables", R"({"conversationId":")" + id + R"(","varName":"plan","varValue":"gold"})").json));
    const auto list = good("GET", "/variables/" + id).json;
    ASSERT_TRUE(list.is_array());
    EXPECT_TRUE(std::ranges::all_of(list.as_array(), whole));
    EXPECT_TRUE(whole(good("GET", "/variables/" + id + "/plan").json));
    const auto deleted = good("DELETE", "/variables/" + id + "/plan");
    EXPECT_FALSE(deleted.text("message").empty());
    EXPECT_TRUE(whole(deleted.at("deleted")));
}

// INBOX shows the text of the answer as it is.
TEST_F(Clients, Item12TheAnswerOfTheWebhookToggleIsAText) {
    const auto agent = good("POST", "/agents", R"({"name":"Bot"})").text("id");
    good("POST", "/agents/" + agent + "/channels",
         R"({"type":"whatsapp","phoneNumberId":"106","phoneNumber":"49301","accessToken":"access",)"
         R"("appSecret":"secret","webhookVerifyToken":"verify"})");
    const auto answer = good("PATCH", "/agents/" + agent + "/webhook?type=whatsapp&enabled=false");
    EXPECT_EQ(answer.body, "\"whatsapp webhook disabled\"");
}

TEST_F(Clients, Item13EveryErrorIsJsonWithAMessageAndAnError) {
    const auto id = conversation();
    const std::vector<Answer> errors{
        ask("GET", "/conversation?status=open"),
        ask("GET", "/conversation/nobody"),
        ask("GET", "/nowhere"),
        ask("PUT", "/conversation"),
        ask("POST", "/conversations/" + id + "/set-status", "{"),
        ask("POST", "/conversation/message/conversationId/" + id, "{}"),
        ask("POST", "/conversation/message/conversationId/" + conversation(R"("channel":"whatsapp")"),
            R"({"message":"Hi"})"),
        served->ask("POST", "/conversation", "{}", "Content-Type: text/plain\r\n"),
        served->send("GET", "/conversation", "", ""),
        served->send("GET", "/conversation", "", "Authorization: Bearer wrong\r\n"),
        ask("POST", "/conversation", '"' + std::string(2'000'000, 'x') + '"')};
    for (const auto& error : errors) {
        EXPECT_GE(error.status, 400);
        EXPECT_FALSE(error.text("message").empty()) << error.body;
        EXPECT_FALSE(error.text("error").empty()) << error.body;
        EXPECT_EQ(error.headers.front().second, "application/json; charset=utf-8");
    }
}

TEST_F(Clients, Item14DeletionsTakeAndGiveJson) {
    const auto sales = scenario();
    const auto first = step(sales);
    const auto deleted = good("DELETE", "/crm/step", R"({"id":")" + first + R"("})");
    EXPECT_EQ(deleted.status, 200);
    EXPECT_EQ(deleted.text("id"), first);
    EXPECT_EQ(good("DELETE", "/crm/scenario", R"({"id":")" + sales + R"("})").text("scenario.id"), sales);
}

TEST_F(Clients, Item15ContentTypeWithoutABodyIsNoBody) {
    const auto id = conversation();
    good("GET", "/conversation/" + id);
    good("POST", "/conversations/" + id + "/unassign");
    served->good("POST", "/conversations/" + id + "/resolve", "",
                 "Content-Type: application/json\r\nContent-Length: 0\r\n");
    good("DELETE", "/conversation/" + id);
}

TEST_F(Clients, Item16UnknownMembersOfStepsAreTolerated) {
    const auto sales = scenario();
    const auto id = step(sales, R"(,"description":"First of all","order":3)");
    const auto changed = good("PUT", "/crm/step", R"({"id":")" + id + R"(","name":"Renamed","description":"Again"})");
    EXPECT_EQ(changed.text("name"), "Renamed");
    EXPECT_EQ(changed.text("prompt"), "Be kind");
}

TEST_F(Clients, Item16bSwitchesMayBeTexts) {
    const auto id = conversation();
    const auto path = "/conversations/" + id;
    for (const auto* enabled : {"false", "true"}) {
        good("POST", path + "/set-ai-enabled", R"({"enabled":")" + std::string(enabled) + R"("})");
        EXPECT_EQ(good("GET", path).at("isAiEnabled"), enabled == std::string_view("true"));
    }
    good("POST", path + "/assign", R"({"email":"owner@acme.example","force":"true"})");
    good("POST", path + "/set-priority", R"({"priority":"LOW"})");
    good("POST", path + "/set-status", R"({"status":"HUMAN_REQUESTED"})");
    EXPECT_TRUE(good("GET", "/conversation/" + id + "/messages/30").at("messages").is_array());
}

TEST_F(Clients, Item17ArgumentsTravelInTheBodyOrTheQuery) {
    const auto id = conversation();
    good("POST", "/conversation", "");
    good("POST", "/conversation/" + id + "/variables", R"({"key":"plan","value":"gold"})");
    good("DELETE", "/conversation/" + id + "/variables", R"({"key":"plan"})");
    good("GET", "/conversation?unread=false&npsCompleted=true&anything=1&anything=2");
    EXPECT_EQ(ask("GET", "/conversation?unread=False").status, 400);
}

// Of the lists that document no cursor.
TEST_F(Clients, Item18EveryListTakesLimitAndCursor) {
    const auto take = [](const std::string& list) { good("GET", list + "limit=50&cursor=abc"); };
    for (const std::string list : {"/agents", "/contacts", "/crm/conversationLog", "/crm/logs", "/crm/scenario",
                                   "/events", "/jobs", "/keys", "/memberships", "/tags", "/webhooks"}) {
        take(list + '?');
    }
    const auto id = conversation();
    for (const std::string list : {"/messages", "/messages/9", "/notes", "/tags", "/variables"}) {
        for (const std::string family : {"/conversation/", "/conversations/"})
            take(std::string(family).append(id).append(list).append(1, '?'));
    }
    take("/variables/" + id + '?');
    const auto sales = scenario();
    take("/crm/step?scenarioId=" + sales + '&');
    take("/crm/scenario/" + sales + "/conversation?");
    take("/contacts/variables?id=" + good("POST", "/contacts", "{}").text("id") + '&');
    take("/agents/" + good("POST", "/agents", R"({"name":"Bot"})").text("id") + "/channels?");
    take("/webhooks/" + good("POST", "/webhooks", R"({"url":"https://x.example/"})").text("id") + "/deliveries?");
}

TEST_F(Clients, Item19RetryAfterIsANumberOfSeconds) {
    auto settings = net::test_settings();
    settings.connections_max = 1;
    const net::TestServer crowded(settings);
    auto first = crowded.connect();
    first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(first.read().status, 200);
    const auto busy = crowded.ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(busy.status, 503);
    Served limited(1);
    Answer often;  // the third time, because a minute may end after the first
    for (int times = 0; times < 3; ++times) often = limited.ask("GET", "/organization");
    EXPECT_EQ(often.status, 429);
    for (const auto& after : {busy.header("retry-after"), often.headers.back().second}) {
        EXPECT_EQ(after.find_first_not_of("0123456789"), std::string::npos) << after;
        EXPECT_GE(std::stoi(after), 1);
    }
}

TEST_F(Clients, Item20TheTextNullClears) {
    const auto id = step(scenario(), R"(,"defaultStatus":"RESOLVED","defaultPriority":"LOW")");
    const auto cleared =
        good("PUT", "/crm/step",
             R"({"id":")" + id +
                 R"(","name":"New","defaultStatus":"null","defaultPriority":"null","autoNextTimeUnit":"null"})");
    for (const auto* name : {"defaultStatus", "defaultPriority", "autoNextTimeUnit"}) {
        EXPECT_TRUE(cleared.at(name).is_null()) << name;
    }
}

TEST_F(Clients, Item21TheHostIsTheOnlyThingThatChanges) {
    const auto host = "Content-Type: application/json\r\nHost: crm.example.org:8443\r\n";
    const auto id = conversation();
    EXPECT_EQ(served->good("GET", "/conversation/" + id, "", host).text("id"), id);
    EXPECT_EQ(served->good("GET", "/api/conversation/" + id, "", host).text("id"), id);
}

TEST_F(Clients, Item22TheListTakesAMidnightAndRefusesAMadeUpStatus) {
    const auto id = conversation();
    const auto today = good("GET", "/conversation/" + id).text("createdAt").substr(0, 10);
    const auto list = good("GET", "/conversation?limit=5&createdAt=" + today + "T00:00:00.000Z").json;
    ASSERT_TRUE(list.is_array());
    EXPECT_EQ(list.as_array().front().at("id").as_string(), id);
    for (const auto* name : {"id", "status", "createdAt"}) EXPECT_TRUE(is_text(list.as_array().front(), name));
    const auto refused = ask("GET", "/conversation?status=waiting");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.bad_fields(), std::vector<std::string>{"status"});
}

TEST_F(Clients, Item23TheTextOfAMessageIsNeverNull) {
    const auto id = conversation();
    good("POST", "/conversation/message/conversationId/" + id,
         R"({"message":"","attachments":[{"url":"/files/1","name":"a","mimeType":"image/png"}]})");
    good("POST", "/conversations/" + id + "/message-register", R"({"message":"Hi"})");
    const auto messages = good("GET", "/conversation/" + id + "/messages/20").at("messages");
    ASSERT_EQ(messages.as_array().size(), 2);
    for (const auto& message : messages.as_array()) {
        for (const auto* name : {"from", "text", "createdAt"}) EXPECT_TRUE(is_text(message, name)) << name;
    }
}

// The server's own zone, for as long as the object lives.
class Zone {
public:
    explicit Zone(const char* name) { set(name); }
    ~Zone() { set("UTC"); }
    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

private:
    static void set(const char* name) {
        ::setenv("TZ", name, 1);  // NOLINT(concurrency-mt-unsafe): nobody else asks for a zone
        ::tzset();
    }
};

// Beside the items (API fact 7.1): what a date without a zone means.
TEST_F(Clients, DatesWithoutAZoneAreUtcWhateverTheServersZoneIs) {
    for (const auto* name : {"UTC", "America/Sao_Paulo", "Asia/Tokyo"}) {
        const Zone zone(name);
        const auto id = conversation();
        const auto made = *parse_time(good("GET", "/conversation/" + id).text("createdAt"));
        const auto newest_since = [](Time since, char between) {
            auto text = to_iso8601(since).substr(0, 19);
            text.replace(10, 1, between == ' ' ? "%20" : "T");
            const auto list = good("GET", "/conversation?createdAt=" + text).json;
            return list.as_array().empty() ? std::string() : std::string(list.as_array()[0].at("id").as_string());
        };
        for (const char between : {' ', 'T'}) {
            EXPECT_EQ(newest_since(made, between), id) << name;
            EXPECT_EQ(newest_since(made + seconds(1), between), "") << name;
        }
    }
}

}  // namespace
}  // namespace etapa::tests
