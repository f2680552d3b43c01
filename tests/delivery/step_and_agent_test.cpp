// The webhooks of steps (R31, R101) and of agents (API fact 13).
#include "support/world.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace etapa::tests {
namespace {

constexpr Duration hours(std::int64_t count) { return seconds(count * 3'600); }

class StepWebhook : public testing::Test {
protected:
    StepWebhook() {
        scenario = world.scenario();
        before = world.step(scenario, "New");
        step = world.step(scenario, "Offer",
                          R"("webhookUrl":"https://crm.example/in","webhookHeader":{"X-Token":"t","Host":"evil"},)"
                          R"("initialMessage":"Hello")");
        conversation = world.conversation(R"("contact":{"firstName":"Ana","lastName":"Lima"})");
        world.good("POST", "/variables",
                   R"({"conversationId":")" + conversation + R"(","varName":"plan","varValue":"gold"})");
        world.good("POST", "/conversations/" + conversation + "/tags", R"({"tagName":"vip"})");
        world.place(conversation, before);
    }

    boost::json::object payload(std::size_t index = 0) {
        return boost::json::parse(internet.requests.at(index).body).as_object();
    }

    World world;
    Internet& internet = world.internet();
    std::string scenario;
    std::string before;
    std::string step;
    std::string conversation;
};

TEST_F(StepWebhook, TellsAllAboutTheEntry) {
    world.move(conversation, step);
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(internet.requests[0].url, "https://crm.example/in");
    EXPECT_EQ(internet.requests[0].headers.front(), (std::pair<std::string, std::string>{"X-Token", "t"}));
    const auto told = payload();
    EXPECT_EQ(told.at("eventType").as_string(), "STEP_ENTERED");
    EXPECT_EQ(told.at("conversationId").as_string(), conversation);
    EXPECT_EQ(told.at("channel").as_string(), "api");
    EXPECT_EQ(told.at("conversationStatus").as_string(), "UNRESOLVED");
    EXPECT_EQ(told.at("conversationPriority").as_string(), "MEDIUM");
    EXPECT_EQ(told.at("isAiEnabled").as_bool(), true);
    EXPECT_EQ(told.at("userName").as_string(), "Ana Lima");
    EXPECT_EQ(told.at("tags").as_array().at(0).as_string(), "vip");
    EXPECT_EQ(told.at("conversation_variables").at("plan").as_string(), "gold");
    EXPECT_EQ(told.at("scenarioId").as_string(), scenario);
    EXPECT_EQ(told.at("stepId").as_string(), step);
    EXPECT_EQ(told.at("stepName").as_string(), "Offer");
    EXPECT_EQ(told.at("stepIndex").as_int64(), 1);
    EXPECT_EQ(told.at("previousStepId").as_string(), before);
    EXPECT_EQ(told.at("cause").as_string(), "api_move");
}

// R21: what there is to say comes first; its failure undoes no entry and stops nothing that comes after it (R115).
TEST_F(StepWebhook, TellsWhatBecameOfTheMessageBeforeIt) {
    const auto closed = world.conversation(R"("channel":"whatsapp")");
    world.place(closed, step);
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(payload().at("messageSent"), false);
    EXPECT_EQ(payload().at("messageError"), "ERR_META_SESSION_EXPIRED_24H");
    EXPECT_EQ(world.good("GET", "/conversations/" + closed + "/explain").text("placement.stepId"), step);
    world.place(world.conversation(), step);
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(payload(1).at("messageSent"), true);
}

// R21: placement, entry and what is done make the id.
TEST_F(StepWebhook, TellsOnceForEachEntryUnderAStableId) {
    internet.answer = [](const auto&) { return Internet::status(500); };
    world.move(conversation, step);
    world.run_jobs();
    world.pass(seconds(6));
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(payload(0).at("eventId"), payload(1).at("eventId"));
    internet.answer = [](const auto&) { return Internet::status(200); };
    world.move(conversation, before);
    world.move(conversation, step);
    world.pass(seconds(400));
    ASSERT_EQ(internet.requests.size(), 4U);
    EXPECT_EQ(payload(2).at("eventId"), payload(1).at("eventId"));
    EXPECT_NE(payload(3).at("eventId"), payload(2).at("eventId"));
}

TEST_F(StepWebhook, LeavesAnErrorRowWhenItFailsForGood) {
    internet.answer = [](const auto&) { return Internet::silence(); };
    world.move(conversation, step);
    world.run_jobs();
    for (int count = 0; count < 9; ++count) world.pass(hours(30));
    EXPECT_EQ(internet.requests.size(), 10U);
    const auto logs = world.good("GET", "/crm/conversationLog?conversationId=" + conversation + "&status=error");
    ASSERT_EQ(logs.at("data").as_array().size(), 1U) << logs.body;
    EXPECT_EQ(logs.text("data.0.stepId"), step);
    const auto active = world.good("GET", "/crm/conversationLog?conversationId=" + conversation + "&status=active");
    EXPECT_EQ(active.text("data.0.stepId"), step);
}

TEST_F(StepWebhook, HoldsUpNoMove) {
    internet.answer = [](const auto&) { return Internet::silence(); };
    world.move(conversation, step);
    world.move(conversation, before);
    world.run_jobs();
    EXPECT_EQ(internet.requests.size(), 1U);
}

TEST_F(StepWebhook, ShowsWhatItWasAnswered) {
    internet.answer = [](const auto&) { return Internet::status(500, {}, "No such\ntable"); };
    world.move(conversation, step);
    world.run_jobs();
    EXPECT_EQ(world.good("GET", "/jobs").text("0.lastError"), "The receiver answered 500: No such table");
    const auto deliveries = world.good("GET", "/crm/step/" + step + "/webhook/deliveries");
    EXPECT_EQ(deliveries.text("0.state"), "pending");
    EXPECT_EQ(deliveries.text("0.attempts.0.answer"), "No such\ntable");
    EXPECT_EQ(world.good("GET", "/crm/step/" + before + "/webhook/deliveries").body, "[]");
    EXPECT_EQ(world.call("GET", "/crm/step/nobody/webhook/deliveries").status, 404);
}

TEST_F(StepWebhook, IsToldAtOnceWhereItMovedDuringAnAttempt) {
    internet.answer = [&](const net::OutboundRequest& request) {
        if (request.url != "https://crm.example/in") return Internet::status(200);
        world.good("PUT", "/crm/step", R"({"id":")" + step + R"(","webhookUrl":"https://mended.example/in"})");
        return Internet::status(503);
    };
    world.move(conversation, step);
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(internet.requests[1].url, "https://mended.example/in");
}

// R89
TEST_F(StepWebhook, IsToldWhatWaitsWhenTheStepIsDeleted) {
    internet.answer = [](const auto&) { return Internet::status(503); };
    world.move(conversation, step);
    world.run_jobs();
    world.good("DELETE", "/crm/step", R"({"id":")" + step + R"("})");
    internet.answer = [](const auto&) { return Internet::status(200); };
    world.pass(seconds(6));
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(internet.requests[1].url, internet.requests[0].url);
    EXPECT_EQ(internet.requests[1].headers.front(), internet.requests[0].headers.front());
    world.pass(hours(1));
    EXPECT_EQ(internet.requests.size(), 2U);
}

struct Mending {
    std::string name;
    std::string_view members;  // of the step
    std::string_view told;     // how often, where and with which X-Token; empty: not at all
    std::string_view state;
};

class MendedStepWebhook : public StepWebhook, public testing::WithParamInterface<Mending> {};

// Two entries wait, the first for its third attempt.
TEST_P(MendedStepWebhook, SettlesWhatWaits) {
    internet.answer = [](const auto&) { return Internet::status(503); };
    world.move(conversation, step);
    world.move(conversation, before);
    world.move(conversation, step);
    world.run_jobs();
    world.pass(seconds(6));
    internet.requests.clear();
    internet.answer = [](const auto&) { return Internet::status(200); };
    world.good("PUT", "/crm/step", R"({"id":")" + step + R"(",)" + std::string(GetParam().members) + '}');
    world.run_jobs();
    std::string told;
    if (!internet.requests.empty()) {
        const auto& last = internet.requests.back();
        told = std::to_string(internet.requests.size()) + ' ' + last.url + ' ' + last.headers.front().second;
    }
    EXPECT_EQ(told, GetParam().told);
    const auto deliveries = world.good("GET", "/crm/step/" + step + "/webhook/deliveries");
    for (const auto* row : {"0.state", "1.state"}) EXPECT_EQ(deliveries.text(row), GetParam().state) << row;
}

INSTANTIATE_TEST_SUITE_P(
    , MendedStepWebhook,
    testing::ValuesIn(std::vector<Mending>{
        {"ByAnAddress", R"("webhookUrl":"https://mended.example/in")", "2 https://mended.example/in t", "delivered"},
        {"ByAHeader", R"("webhookHeader":{"X-Token":"u"})", "2 https://crm.example/in u", "delivered"},
        {"ByTakingItAway", R"("webhookUrl":null)", "", "failed"},
        {"ByNothing", R"("name":"Bid")", "", "pending"},
    }),
    [](const auto& info) { return info.param.name; });

class AgentWebhook : public testing::Test {
protected:
    AgentWebhook() {
        agent = world
                    .good("POST", "/agents",
                          R"({"name":"Ana","configUrlInfosSystemExternal":)"
                          R"({"url_webhook_external":"https://erp.example/in","headerKey":"Bearer secret"}})")
                    .text("id");
        conversation = world.conversation(R"("agentId":")" + agent + '"');
    }

    void write(std::string_view members) {
        world.good("POST", "/conversations/" + conversation + "/message-register", '{' + std::string(members) + '}');
        world.run_jobs();
    }
    boost::json::object last() { return boost::json::parse(internet.requests.back().body).as_object(); }
    // What was told of this type.
    std::vector<boost::json::object> notices(std::string_view type) {
        std::vector<boost::json::object> told;
        for (const auto& request : internet.requests) {
            auto notice = boost::json::parse(request.body).as_object();
            if (notice.at("eventType").as_string() == type) told.push_back(std::move(notice));
        }
        return told;
    }

    World world;
    Internet& internet = world.internet();
    std::string agent;
    std::string conversation;
};

TEST_F(AgentWebhook, IsToldWhatTheUserWrote) {
    write(R"("message":"Hello","from":"human")");
    ASSERT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(internet.requests[0].url, "https://erp.example/in");
    EXPECT_EQ(internet.requests[0].headers.front(),
              (std::pair<std::string, std::string>{"Authorization", "Bearer secret"}));
    EXPECT_EQ(last().at("eventType").as_string(), "AGENT_USER_MESSAGE");
    EXPECT_EQ(last().at("userMessage").as_string(), "Hello");
    EXPECT_EQ(last().at("agentId").as_string(), agent);
    EXPECT_EQ(last().at("agentName").as_string(), "Ana");
    EXPECT_TRUE(last().contains("messageId"));
    world.good("POST", "/conversations/" + conversation + "/set-ai-enabled", R"({"enabled":false})");
    write(R"("message":"Anybody?","from":"human")");
    EXPECT_EQ(last().at("eventType").as_string(), "USER_MESSAGE_RECEIVED");
}

TEST_F(AgentWebhook, IsToldOfMessagesAndEntries) {
    write(R"("message":"Done","from":"agent")");
    EXPECT_EQ(last().at("eventType").as_string(), "AGENT_MESSAGE_NOTED");
    EXPECT_EQ(last().at("agentResponse").as_string(), "Done");
    const auto step = world.step(world.scenario(), "New");
    world.place(conversation, step);
    world.run_jobs();
    EXPECT_EQ(last().at("eventType").as_string(), "STEP_ENTERED");
    EXPECT_EQ(last().at("stepId").as_string(), step);
}

// R32: nothing waits for it.
TEST_F(AgentWebhook, HoldsUpNothing) {
    internet.answer = [](const auto&) { return Internet::silence(); };
    write(R"("message":"Hello","from":"human")");
    ASSERT_EQ(internet.requests.size(), 1U);
    const auto step = world.step(world.scenario(), "New");
    world.place(conversation, step);
    EXPECT_EQ(world.good("GET", "/conversations/" + conversation + "/explain").text("placement.stepId"), step);
    EXPECT_EQ(internet.requests.size(), 1U) << "the entry was there before anybody was told of it";
}

TEST_F(AgentWebhook, IsToldWhatAStepWasNotAllowedToSay) {
    const auto scenario = world.scenario();
    const auto step = world.step(scenario, "New");
    world.good("PUT", "/crm/step", R"({"id":")" + step + R"(","initialMessage":"Hello"})");
    world.place(world.conversation(R"("channel":"whatsapp","agentId":")" + agent + '"'), step);
    world.run_jobs();
    const auto told = notices("AGENT_MESSAGE_BLOCKED");
    ASSERT_EQ(told.size(), 1U);
    const auto& blocked = told[0];
    EXPECT_EQ(blocked.at("agentResponse"), "Hello");
    EXPECT_EQ(blocked.at("scenarioId").as_string(), scenario);
    EXPECT_EQ(blocked.at("stepId").as_string(), step);
    EXPECT_FALSE(blocked.contains("messageId"));
}

// R75: nothing was stored, also not under an Idempotency-Key.
TEST_F(AgentWebhook, IsToldWhatAPersonWasNotAllowedToSay) {
    conversation = world.conversation(R"("channel":"whatsapp","agentId":")" + agent + '"');
    const auto path = "/conversations/message/conversationId/" + conversation;
    for (const std::string key : {"", "a", "a"}) {
        auto request = World::request(world.key(), "POST", path, R"({"message":"Hello"})");
        if (!key.empty()) request.headers.emplace_back("idempotency-key", key);
        const auto answer = world.send(request);
        EXPECT_EQ(answer.status, 406);
        EXPECT_EQ(answer.text("code"), "outside_24h_window");
    }
    world.run_jobs();
    const auto told = notices("AGENT_MESSAGE_BLOCKED");
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[0].at("agentResponse"), "Hello");
    EXPECT_FALSE(told[0].contains("messageId"));
    EXPECT_TRUE(world.good("GET", "/conversation/" + conversation + "/messages/10").at("messages").as_array().empty());
}

TEST_F(AgentWebhook, IsToldWhatWaitsOnceItIsMended) {
    internet.answer = [](const auto&) { return Internet::status(503); };
    write(R"("message":"Hello","from":"human")");
    write(R"("message":"Anybody?","from":"human")");
    internet.requests.clear();
    internet.answer = [](const auto&) { return Internet::status(200); };
    world.good(
        "PATCH", "/agents/" + agent,
        R"({"configUrlInfosSystemExternal":{"url_webhook_external":"https://mended.example/in","headerKey":"X: y"}})");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(internet.requests[0].url, "https://mended.example/in");
    EXPECT_EQ(internet.requests[0].headers.front(), (std::pair<std::string, std::string>{"X", "y"}));
    EXPECT_EQ(last().at("userMessage").as_string(), "Anybody?");
}

TEST_F(AgentWebhook, ShowsWhatFailedForGood) {
    internet.answer = [](const auto&) { return Internet::status(500, {}, "No such table"); };
    write(R"("message":"Hello","from":"human")");
    for (int count = 0; count < 9; ++count) world.pass(hours(30));
    const auto deliveries = world.good("GET", "/agents/" + agent + "/webhook/deliveries");
    EXPECT_EQ(deliveries.text("0.state"), "failed");
    EXPECT_EQ(deliveries.at("0.attempts").as_array().size(), 10U);
    EXPECT_EQ(deliveries.text("0.attempts.9.error"), "The receiver answered 500: No such table");
}

TEST_F(AgentWebhook, IsToldNothingThatWaitsOnceItIsTakenAway) {
    internet.answer = [](const auto&) { return Internet::status(503); };
    write(R"("message":"Hello","from":"human")");
    world.good("PATCH", "/agents/" + agent, R"({"configUrlInfosSystemExternal":null})");
    world.pass(hours(1));
    EXPECT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(world.good("GET", "/agents/" + agent + "/webhook/deliveries").text("0.state"), "failed");
}

// API fact 13.3: who spoke is told where it was the agent of a step, and not the conversation's own.
TEST_F(AgentWebhook, IsToldWhatAStepSaidAndAsWhom) {
    const auto other = world.good("POST", "/agents", R"({"name":"Rui"})").text("id");
    const auto says_hello = R"("initialMessage":"Hello","agentId":")";
    for (const auto& [speaker, is_other] : {std::pair(agent, false), std::pair(other, true)}) {
        const auto scenario = world.scenario(speaker);
        const auto step = world.step(scenario, "Talk", says_hello + speaker + '"');
        internet.requests.clear();
        world.place(conversation, step);
        world.run_jobs();
        const auto said = notices("AGENT_MESSAGE_NOTED");
        ASSERT_EQ(said.size(), 1U);
        EXPECT_EQ(said[0].at("agentResponse"), "Hello");
        EXPECT_EQ(said[0].at("agentId").as_string(), agent);
        EXPECT_EQ(said[0].at("scenarioId").as_string(), scenario);
        EXPECT_EQ(said[0].at("stepId").as_string(), step);
        for (const auto* name : {"isStepAgentResponse", "stepAgentId", "stepAgentName"}) {
            EXPECT_EQ(said[0].contains(name), is_other) << name;
        }
        if (!is_other) continue;
        EXPECT_EQ(said[0].at("isStepAgentResponse"), true);
        EXPECT_EQ(said[0].at("stepAgentId").as_string(), other);
        EXPECT_EQ(said[0].at("stepAgentName"), "Rui");
    }
}

// API fact 13.3: those that lie elsewhere are known by their address only.
TEST_F(AgentWebhook, IsToldWhereFilesAreAndTheSizeOfThoseThatLieHere) {
    const std::string form =
        "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nHello\r\n--XX--\r\n";
    const auto url = world.good("POST", "/conversations/" + conversation + "/attachments", form).text("url");
    const std::vector<std::string> elsewhere{"https://x.example" + url, url + '0', "/files/another/" + url.substr(7)};
    std::string files = R"({"name":"a.txt","mimeType":"text/plain","url":")" + url + R"("})";
    for (const auto& other : elsewhere) files += R"(,{"name":"b","mimeType":"text/plain","url":")" + other + R"("})";
    world.good("POST", "/conversations/message/conversationId/" + conversation,
               R"({"message":"Look","attachments":[)" + files + "]}");
    world.run_jobs();
    const auto told = last().at("attachments").as_array();
    ASSERT_EQ(told.size(), 1 + elsewhere.size());
    EXPECT_EQ(told[0].at("url").as_string(), World::public_url + url);
    EXPECT_EQ(told[0].at("id").as_string(), url.substr(url.rfind('/') + 1));
    EXPECT_EQ(told[0].at("mimeType"), "text/plain");
    EXPECT_EQ(told[0].at("size"), 5);
    for (std::size_t place = 1; place < told.size(); ++place) {
        const auto& other = elsewhere[place - 1];
        EXPECT_EQ(told[place].at("url").as_string(), other.starts_with('/') ? World::public_url + other : other);
        EXPECT_FALSE(told[place].as_object().contains("id"));
        EXPECT_FALSE(told[place].as_object().contains("size"));
    }
}

TEST_F(AgentWebhook, TakesNoPrivateAddress) {
    const auto answer =
        world.call("POST", "/agents",
                   R"({"name":"Ana","configUrlInfosSystemExternal":{"url_webhook_external":"http://192.168.0.1/"}})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.bad_fields(), std::vector<std::string>{"configUrlInfosSystemExternal.url_webhook_external"});
}

}  // namespace
}  // namespace etapa::tests
