#include "api/test_conversations.hpp"

namespace etapa::api {
namespace {

// An agent that end users ask.
class QueryApi : public testing::Test {
protected:
    QueryApi() : bot(world.good("POST", "/agents", R"({"name":"Bot","handle":"sales"})").text("id")) {
        world.new_events();
    }

    Answer ask(const std::string& members) {
        return world.call("POST", "/agents/" + bot + "/query", R"({"query":"Hello")" + members + '}');
    }
    Answer conversation(const std::string& id) { return world.good("GET", "/conversation/" + id); }
    static std::string caching_of(const Answer& answer) {
        const auto found =
            std::ranges::find(answer.headers, "Cache-Control", &std::pair<std::string, std::string>::first);
        return found == answer.headers.end() ? "" : found->second;
    }
    std::string new_conversation(const std::string& members = {}) { return ask(members).text("conversationId"); }

    World world;
    std::string bot;
};

TEST_F(QueryApi, AQuestionBeginsAConversationOfTheAgent) {
    const auto answer = ask("");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json.as_object().size(), 2) << "without a model there is no answer: " << answer.body;
    EXPECT_FALSE(answer.text("visitorId").empty());
    const auto made = conversation(answer.text("conversationId"));
    EXPECT_EQ(made.text("channel"), "api");
    EXPECT_EQ(made.text("agentId"), bot);
    EXPECT_EQ(made.text("visitorId"), answer.text("visitorId"));
    EXPECT_EQ(made.at("unreadMessagesCount"), 1);
    EXPECT_EQ(world.new_events(), (std::vector<std::string>{"conversation.created", "message.created"}));
}

TEST_F(QueryApi, TheNextQuestionContinuesAndOpensAgain) {
    const auto first = ask("");
    const auto id = first.text("conversationId");
    world.good("POST", "/conversations/" + id + "/resolve");
    world.new_events();
    const auto second = ask(R"(,"conversationId":")" + id + '"');
    EXPECT_EQ(second.text("conversationId"), id);
    EXPECT_EQ(second.text("visitorId"), first.text("visitorId"));
    EXPECT_EQ(conversation(id).text("status"), "UNRESOLVED");
    EXPECT_EQ(world.good("GET", "/conversation/" + id + "/messages/9").at("messages").as_array().size(), 2);
    EXPECT_EQ(world.new_events(), (std::vector<std::string>{"conversation.changed", "message.created"}));
}

TEST_F(QueryApi, AnUnknownConversationIsANewOneHoweverOftenItIsNamed) {
    const auto first = ask(R"(,"conversationId":"cmadeupbytheclient0000000")");
    EXPECT_EQ(first.status, 200);
    const auto again = ask(R"(,"conversationId":"cmadeupbytheclient0000000")");
    EXPECT_EQ(again.text("conversationId"), first.text("conversationId"));
    EXPECT_EQ(conversation(first.text("conversationId")).text("channelExternalId"), "cmadeupbytheclient0000000");
}

TEST_F(QueryApi, AConversationOfAnotherOrganizationIsUnknown) {
    const auto rival = world.second_organization_key();
    const auto theirs = world.call_as(rival, "POST", "/conversation", "{}").text("id");
    const auto answer = ask(R"(,"conversationId":")" + theirs + '"');
    EXPECT_NE(answer.text("conversationId"), theirs);
    EXPECT_EQ(conversation(answer.text("conversationId")).text("agentId"), bot);
    const auto messages = world.call_as(rival, "GET", "/conversation/" + theirs + "/messages/9");
    EXPECT_TRUE(messages.at("messages").as_array().empty());
}

TEST_F(QueryApi, AConversationOfAnotherAgentIsUnknown) {
    const auto other = world.good("POST", "/agents", R"({"name":"Other"})").text("id");
    const auto theirs = world.good("POST", "/agents/" + other + "/query", R"({"query":"Hi"})").text("conversationId");
    EXPECT_NE(new_conversation(R"(,"conversationId":")" + theirs + '"'), theirs);
}

TEST_F(QueryApi, ADeletedConversationIsUnknownAndSoIsTheNameThatLedToIt) {
    const auto id = new_conversation(R"(,"conversationId":"thread")");
    world.good("DELETE", "/conversation/" + id);
    EXPECT_NE(new_conversation(R"(,"conversationId":"thread")"), id);
    EXPECT_NE(new_conversation(R"(,"conversationId":")" + id + '"'), id);
}

TEST_F(QueryApi, EmptyIdentitiesAreNone) {
    const auto answer = ask(R"(,"conversationId":"","contactId":null,"visitorId":"")");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_FALSE(answer.text("visitorId").empty());
}

TEST_F(QueryApi, TheEndUserIsFoundByAnyOfTheirNamesOrMade) {
    const auto contact = world.good("POST", "/contacts", R"({"email":"ana@x.example","phoneNumber":"+55 11 98888"})");
    const auto ana = contact.text("id");
    for (const auto* who : {R"({"email":"ANA@x.example"})", R"({"phoneNumber":"551198888"})"}) {
        const auto id = new_conversation(R"(,"contact":)" + std::string(who));
        EXPECT_EQ(conversation(id).text("participantsContacts.0.id"), ana) << who;
    }
    const auto id = new_conversation(R"(,"contact":{"firstName":"Bea","userId":"u7"})");
    EXPECT_EQ(conversation(id).text("participantsContacts.0.firstName"), "Bea");
    const auto again = new_conversation(R"(,"contact":{"userId":"u7"})");
    EXPECT_EQ(conversation(again).text("participantsContacts.0.id"),
              conversation(id).text("participantsContacts.0.id"));
}

TEST_F(QueryApi, AMatchedContactWinsOverContactId) {
    const auto ana = world.good("POST", "/contacts", R"({"email":"ana@x.example"})").text("id");
    const auto bea = world.good("POST", "/contacts", R"({"email":"bea@x.example"})").text("id");
    const auto named = new_conversation(R"(,"contactId":")" + bea + '"');
    EXPECT_EQ(conversation(named).text("participantsContacts.0.id"), bea);
    const auto both = new_conversation(R"(,"contactId":")" + bea + R"(","contact":{"email":"ana@x.example"})");
    EXPECT_EQ(conversation(both).text("participantsContacts.0.id"), ana);
    const auto unknown = ask(R"(,"contactId":"nobody")");
    EXPECT_EQ(unknown.status, 400);
    EXPECT_EQ(unknown.bad_fields(), std::vector<std::string>{"contactId"});
}

TEST_F(QueryApi, ADocumentedOrUnknownMemberStandsInNobodysWay) {
    const auto answer =
        ask(R"(,"temperature":0.5,"modelName":"gpt_4","presencePenalty":-2,"frequencyPenalty":2,"topP":0.9,)"
            R"("filters":{"custom_ids":["a"],"datasource_ids":[]},"systemPrompt":"Be kind","context":{"a":1},)"
            R"("channel":"whatsapp","isDraft":false,"maxTokens":"many","truncateQuery":"true","toolsConfig":{"a":{}},)"
            R"("images":["https://x.example/a.png"],"promptType":"raw")");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(conversation(answer.text("conversationId")).text("channel"), "api");
    EXPECT_EQ(ask(R"(,"context":"text")").status, 200);
}

TEST_F(QueryApi, BadMembersAreNamedAllAtOnce) {
    const auto answer = world.call("POST", "/agents/" + bot + "/query",
                                   R"({"query":" ","temperature":2,"topP":"x","streaming":"perhaps"})");
    EXPECT_EQ(answer.status, 400);
    const auto bad = answer.bad_fields();
    for (const auto* name : {"query", "temperature", "topP", "streaming"}) {
        EXPECT_NE(std::ranges::find(bad, name), bad.end()) << name << " in " << answer.body;
    }
    EXPECT_EQ(world.call("POST", "/agents/" + bot + "/query", "{}").bad_fields(), std::vector<std::string>{"query"});
    EXPECT_EQ(world.new_events(), std::vector<std::string>{});
}

TEST_F(QueryApi, AnAgentIsAskedByIdOrHandleAndAnUnknownOneNot) {
    EXPECT_EQ(world.call("POST", "/agents/@sales/query", R"({"query":"Hi"})").status, 200);
    EXPECT_EQ(world.call("POST", "/api/agents/" + bot + "/query", R"({"query":"Hi"})").status, 200);
    EXPECT_EQ(world.call("POST", "/agents/nobody/query", R"({"query":"Hi"})").status, 404);
}

TEST_F(QueryApi, TheStreamIsOneFrameAndItsEnd) {
    const auto answer = ask(R"(,"streaming":true)");
    EXPECT_EQ(answer.status, 200);
    ASSERT_TRUE(answer.body.starts_with("event: endpoint_response\ndata: {\"conversationId\":\"")) << answer.body;
    EXPECT_TRUE(answer.body.ends_with("\"}\n\ndata: [DONE]\n\n")) << answer.body;
    EXPECT_EQ(answer.body.find("\"answer\""), std::string::npos);
    EXPECT_EQ(caching_of(answer), "no-cache, no-transform");
}

TEST_F(QueryApi, ACallbackIsToldLaterWhatTheAnswerIs) {
    const auto answer = ask(R"(,"callbackURL":"https://client.example/answers?a=1","streaming":true)");
    EXPECT_EQ(answer.status, 202);
    world.run_jobs();
    ASSERT_EQ(world.internet().requests.size(), 1);
    const auto& told = world.internet().requests.front();
    EXPECT_EQ(told.url, "https://client.example/answers?a=1");
    EXPECT_EQ(told.body, answer.body);
    EXPECT_EQ(told.body.find("\"answer\""), std::string::npos);
}

TEST_F(QueryApi, ACallbackThatFailsIsTriedAgainAndAPrivateOneIsRefused) {
    world.internet().answer = [](const auto&) { return tests::Internet::status(500, {}, "No room"); };
    ask(R"(,"callbackURL":"https://client.example/")");
    world.run_jobs();
    EXPECT_EQ(world.good("GET", "/jobs").text("0.lastError"), "The receiver answered 500: No room");
    world.internet().answer = [](const auto&) { return tests::Internet::status(204); };
    world.pass(seconds(6));
    ASSERT_EQ(world.internet().requests.size(), 2);
    const auto& headers = world.internet().requests.front().headers;
    ASSERT_EQ(headers.size(), 1U);
    EXPECT_EQ(headers.front().first, "webhook-id");
    EXPECT_GT(headers.front().second.size(), std::string_view("msg_").size());
    EXPECT_EQ(world.internet().requests.back().headers, headers) << "the same at each attempt";
    world.pass(seconds(3'600));
    EXPECT_EQ(world.internet().requests.size(), 2);
    EXPECT_EQ(ask(R"(,"callbackURL":"http://127.0.0.1/")").bad_fields(), std::vector<std::string>{"callbackURL"});
    EXPECT_EQ(ask(R"(,"callbackURL":"ftp://client.example/")").bad_fields(), std::vector<std::string>{"callbackURL"});
}

TEST_F(QueryApi, FilesGoWithAQuestionAndMayStandForIt) {
    const auto answer = world.call("POST", "/agents/" + bot + "/query",
                                   R"({"query":"","attachments":[{"url":"https://x.example/a.png","name":"a.png",)"
                                   R"("mimeType":"image/png","size":5}]})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto id = answer.text("conversationId");
    const auto messages = world.good("GET", "/conversation/" + id + "/messages/1");
    EXPECT_EQ(messages.text("messages.0.attachments.0.name"), "a.png");
}

TEST_F(QueryApi, AskingTwiceUnderOneKeyAsksOnce) {
    auto request = World::request(world.key(), "POST", "/agents/" + bot + "/query", R"({"query":"Hi"})");
    request.headers.emplace_back("idempotency-key", "once");
    const auto first = world.send(request);
    const auto second = world.send(request);
    EXPECT_EQ(first.text("conversationId"), second.text("conversationId"));
    const auto messages = world.good("GET", "/conversation/" + first.text("conversationId") + "/messages/9");
    EXPECT_EQ(messages.at("messages").as_array().size(), 1);
}

TEST_F(QueryApi, AStreamIsAStreamAlsoWhenItIsGivenAgain) {
    auto request =
        World::request(world.key(), "POST", "/agents/" + bot + "/query", R"({"query":"Hi","streaming":true})");
    request.headers.emplace_back("idempotency-key", "once");
    const auto first = world.send(request);
    auto stored = [](ReadTx& tx) {
        return tx.one<std::string>("SELECT content_type FROM idempotency WHERE organization_id = $1",
                                   tx.organization());
    };
    EXPECT_EQ(world.database().read_now(world.caller(), stored), "text/event-stream");
    const auto again = world.send(request);
    EXPECT_EQ(again.body, first.body);  // whose type is checked against the description
    EXPECT_EQ(caching_of(again), caching_of(first));
}

// R73: what is asked through the API opens no window of another channel.
TEST_F(QueryApi, AQuestionInAConversationOfWhatsappOpensNoWindow) {
    const auto id = world.conversation(R"("channel":"whatsapp","agentId":")" + bot + '"');
    EXPECT_EQ(new_conversation(R"(,"conversationId":")" + id + '"'), id);
    const auto sent = world.call("POST", "/conversation/message/conversationId/" + id, R"({"message":"Hi"})");
    EXPECT_EQ(sent.status, 406);
}

}  // namespace
}  // namespace etapa::api
