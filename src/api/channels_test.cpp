// Channels of agents, and the hook of WhatsApp: who may deliver, and what a delivery does.
#include "api/test_conversations.hpp"
#include "base/crypto.hpp"

#include <fstream>
#include <iterator>

namespace etapa::api {
namespace {

std::string fixture(const std::string& name) {
    std::ifstream file("src/channels/whatsapp/fixtures/" + name + ".json");
    return {std::istreambuf_iterator<char>(file), {}};
}

class ChannelsApi : public testing::Test {
protected:
    ChannelsApi() : bot(world.good("POST", "/agents", R"({"name":"Bot"})").text("id")) {}

    Answer connect(const std::string& changes = {}) {
        return world.call("POST", "/agents/" + bot + "/channels",
                          R"({"type":"whatsapp","phoneNumberId":"106540352242922","phoneNumber":"15550783881",)"
                          R"("accessToken":"access-token","appSecret":"app-secret","webhookVerifyToken":"let-me-in")" +
                              changes + '}');
    }
    std::string hook() { return "/integrations/whatsapp/webhook?service_provider_id=" + channel; }

    Answer deliver(const std::string& body, const std::string& secret = "app-secret") {
        auto request = World::request("", "POST", hook(), body);
        request.headers.emplace_back("x-hub-signature-256",
                                     "sha256=" + crypto::to_hex(crypto::hmac_sha256(secret, body)));
        return world.send(request);
    }
    std::vector<std::string> texts() {
        std::vector<std::string> found;
        const auto conversations = world.good("GET", "/conversation").json;
        for (const auto& one : conversations.as_array()) {
            const std::string id(one.at("id").as_string());
            const auto messages = world.good("GET", "/conversation/" + id + "/messages/100").at("messages");
            for (const auto& message : messages.as_array()) found.emplace_back(message.at("text").as_string());
        }
        return found;
    }

    World world;
    std::string bot;
    std::string channel;
};

class ConnectedChannel : public ChannelsApi {
protected:
    ConnectedChannel() { channel = connect().text("id"); }

    // The end user says the text at this time by the provider's clock.
    Answer hear(Time said_at) {
        auto body = fixture("text");
        const std::string said = "1749416383";
        body.replace(body.find(said), said.size(), std::to_string(said_at.milliseconds / 1'000));
        return deliver(body);
    }
    std::string heard_conversation() { return world.good("GET", "/conversation").text("0.id"); }
};

TEST_F(ChannelsApi, AChannelIsConnectedListedAndRemovedAndItsSecretsAreNeverShown) {
    const auto answer = connect();
    EXPECT_EQ(answer.status, 201);
    const auto id = answer.text("id");
    const auto list = world.good("GET", "/agents/" + bot + "/channels");
    EXPECT_EQ(list.text("0.id"), id);
    EXPECT_EQ(list.text("0.type"), "whatsapp");
    EXPECT_EQ(list.text("0.phoneNumberId"), "106540352242922");
    EXPECT_EQ(list.text("0.phoneNumber"), "15550783881");
    EXPECT_EQ(list.at("0.enabled"), true);
    const auto removed = world.good("DELETE", "/agents/" + bot + "/channels", R"({"id":")" + id + R"("})");
    EXPECT_EQ(removed.text("id"), id);
    EXPECT_TRUE(world.good("GET", "/agents/" + bot + "/channels").json.as_array().empty());
    EXPECT_EQ(world.call("DELETE", "/agents/" + bot + "/channels/" + id).status, 404);
    const auto events = world.good("GET", "/events").body;
    for (const auto* secret : {"access-token", "app-secret", "let-me-in"}) {
        EXPECT_EQ(list.body.find(secret), std::string::npos);
        EXPECT_EQ(events.find(secret), std::string::npos);
    }
}

TEST_F(ChannelsApi, NoSecretStandsReadableInTheDatabase) {
    connect();
    auto row = [](ReadTx& tx) {
        return tx.one<std::string>("SELECT secrets FROM channel_connection WHERE organization_id = $1",
                                   tx.organization());
    };
    const auto stored = world.database().read_now(world.caller(), row);
    for (const auto* secret : {"access-token", "app-secret", "let-me-in", "accessToken"}) {
        EXPECT_EQ(stored.find(secret), std::string::npos) << secret;
    }
    connect();
    auto rows = [](ReadTx& tx) {
        return tx.all<std::string>("SELECT DISTINCT secrets FROM channel_connection WHERE organization_id = $1",
                                   tx.organization());
    };
    EXPECT_EQ(world.database().read_now(world.caller(), rows).size(), 2) << "the same secrets, sealed twice";
}

TEST_F(ChannelsApi, WhatIsMissingOrWrongIsNamed) {
    const auto nothing = world.call("POST", "/agents/" + bot + "/channels", "{}");
    EXPECT_EQ(nothing.status, 400);
    EXPECT_EQ(nothing.bad_fields(),
              (std::vector<std::string>{"type", "appSecret", "phoneNumberId", "accessToken", "webhookVerifyToken"}));
    const auto wrong = connect(R"(,"type":"carrier pigeon","phoneNumberId":"../1")");
    EXPECT_EQ(wrong.bad_fields(), (std::vector<std::string>{"type", "phoneNumberId"}));
    EXPECT_EQ(world.call("POST", "/agents/nobody/channels", "{}").status, 404);
}

TEST_F(ConnectedChannel, TheHookIsVerifiedByItsToken) {
    const auto ask = [&](const std::string& query) { return world.call_as("", "GET", hook() + query); };
    const auto good = ask("&hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=let-me-in");
    EXPECT_EQ(good.status, 200);
    EXPECT_EQ(good.body, "1158201444");
    EXPECT_EQ(ask("&hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong").status, 403);
    EXPECT_EQ(ask("&hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=let-me-in").status, 403);
    EXPECT_EQ(ask("").status, 403);
    channel = "nobody";
    EXPECT_EQ(ask("&hub.mode=subscribe&hub.challenge=1&hub.verify_token=let-me-in").status, 404);
}

TEST_F(ConnectedChannel, ADeliveryThatIsNotSignedIsRefused) {
    EXPECT_EQ(deliver(fixture("text"), "another-secret").status, 401);
    EXPECT_EQ(world.send(World::request("", "POST", hook(), fixture("text"))).status, 401);
    EXPECT_EQ(world.call("POST", hook(), fixture("text")).status, 401) << "a key does not stand for a signature";
    EXPECT_TRUE(texts().empty());
    channel = "nobody";
    EXPECT_EQ(deliver(fixture("text")).status, 404);
}

TEST_F(ConnectedChannel, AMessageBecomesAConversationOfTheAgentWithItsContact) {
    const auto answer = deliver(fixture("text"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.at("received"), 1);
    const auto made = world.good("GET", "/conversation");
    EXPECT_EQ(made.text("0.channel"), "whatsapp");
    EXPECT_EQ(made.text("0.agentId"), bot);
    EXPECT_EQ(made.text("0.channelExternalId"), "16505551234");
    EXPECT_EQ(made.text("0.participantsContacts.0.firstName"), "Sheena Nelson");
    EXPECT_EQ(made.text("0.participantsContacts.0.phoneNumber"), "16505551234");
    EXPECT_EQ(texts(), std::vector<std::string>{"Does it come in another color?"});
}

// R113
TEST_F(ConnectedChannel, ARepeatedDeliveryChangesNothing) {
    deliver(fixture("text"));
    world.new_events();
    EXPECT_EQ(deliver(fixture("text")).at("received"), 0);
    EXPECT_EQ(world.new_events(), std::vector<std::string>{});
    EXPECT_EQ(deliver(fixture("image")).at("received"), 1);
    EXPECT_EQ(texts(), (std::vector<std::string>{"Does it come in another color?", "Is this one available?"}));
}

TEST_F(ConnectedChannel, AMessageAnswersTheConversationThatWasBegunWithItsSender) {
    const auto id = world.conversation(R"("channel":"whatsapp","agentId":")" + bot +
                                       R"(","contact":{"phoneNumber":"+1 650 555-1234"})");
    deliver(fixture("text"));
    EXPECT_EQ(world.good("GET", "/conversation").json.as_array().size(), 1);
    EXPECT_EQ(world.good("GET", "/conversation/" + id + "/messages/9").at("messages").as_array().size(), 1);
}

// R34: a reaction is no message that asks for anything, but it opens the window.
TEST_F(ConnectedChannel, AReactionMovesNobody) {
    const auto sales = world.scenario();
    const auto fresh = world.step(sales, "Fresh");
    world.step(sales, "Price", R"("trigger":"👍, color")");
    deliver(fixture("reaction"));
    const auto id = world.good("GET", "/conversation").text("0.id");
    world.place(id, fresh);
    deliver(fixture("reaction"));
    const auto stands = [&] { return world.good("GET", "/conversations/" + id + "/explain").text("stepName"); };
    EXPECT_EQ(stands(), "Fresh");
    deliver(fixture("text"));
    EXPECT_EQ(stands(), "Price");
}

TEST_F(ConnectedChannel, ADirectSendWaitsForTheProviderAndIsRefusedOutsideTheWindow) {
    // The provider's time of the message counts (R73): it was said an hour before it was delivered.
    hear(world.clock().now() - seconds(3'600));
    const auto id = heard_conversation();
    const auto send = [&] {
        return world.call("POST", "/conversation/message/conversationId/" + id, R"({"message":"Yes, in blue"})");
    };
    world.clock().advance(seconds(23 * 3'600 - 1));
    const auto sent = send();
    EXPECT_EQ(sent.status, 200) << sent.body;
    EXPECT_EQ(sent.text("message.delivery"), "waiting");
    world.internet().answer = [](const auto&) {
        return tests::Internet::status(200, {}, R"({"messages":[{"id":"wamid.OURS"}]})");
    };
    world.run_jobs();
    ASSERT_EQ(world.internet().requests.size(), 1);
    const auto& request = world.internet().requests.front();
    EXPECT_EQ(request.url, "https://graph.facebook.com/v21.0/106540352242922/messages");
    EXPECT_EQ(request.headers.front().second, "Bearer access-token");
    const auto message = [&] { return world.good("GET", "/messages/" + sent.text("message.id")); };
    EXPECT_EQ(message().text("delivery"), "sent");
    deliver(fixture("statuses"));
    EXPECT_EQ(message().text("delivery"), "delivered");
    world.clock().advance(seconds(1));
    EXPECT_EQ(send().status, 406);
    EXPECT_EQ(texts(), (std::vector<std::string>{"Does it come in another color?", "Yes, in blue"}));
}

// R73, R79
TEST_F(ConnectedChannel, AStepSpeaksUntilTheEndUserHasBeenSilentForADay) {
    const auto sales = world.scenario();
    const auto talk = world.step(sales, "Talk", R"("initialMessage":"Hello")");
    const auto won = world.step(sales, "Won", R"("initialMessage":"Hello")");
    hear(world.clock().now());
    const auto id = heard_conversation();
    world.clock().advance(seconds(24 * 3'600 - 1));
    const auto placed = world.good("POST", "/crm/step/conversation",
                                   R"({"conversationId":")" + id + R"(","stepId":")" + talk + R"("})");
    EXPECT_EQ(placed.at("blockedBy24hRule"), false);
    world.clock().advance(seconds(1));
    const auto moved = world.good(
        "POST", "/crm/step/move",
        R"({"conversationId":")" + id + R"(","destStepId":")" + won + R"(","shouldSendInitialMessage":true})");
    EXPECT_EQ(moved.at("blockedBy24hRule"), true);
}

// R29: the attempt ended nobody knows how.
TEST_F(ConnectedChannel, WhatThrewInTheMiddleIsUncertainAndNotSentAgain) {
    hear(world.clock().now());
    const auto id = heard_conversation();
    world.good("POST", "/conversation/message/conversationId/" + id, R"({"message":"Yes"})");
    world.internet().answer = [](const auto&) -> net::OutboundResult { throw std::runtime_error("the power went"); };
    world.run_jobs();
    world.internet().answer = [](const auto&) {
        return tests::Internet::status(200, {}, R"({"messages":[{"id":"w"}]})");
    };
    for (int hour = 0; hour < 4; ++hour) world.pass(seconds(3'600));
    EXPECT_EQ(world.internet().requests.size(), 1);
    const auto messages = world.good("GET", "/conversation/" + id + "/messages/1");
    EXPECT_EQ(messages.text("messages.0.delivery"), "uncertain");
}

TEST_F(ConnectedChannel, WhatIsSwitchedOffIsAnsweredAndNotTakenIn) {
    const auto toggle = [&](const std::string& query) {
        return world.call("PATCH", "/agents/" + bot + "/webhook?" + query);
    };
    EXPECT_EQ(toggle("type=whatsapp&enabled=false").body, "\"whatsapp webhook disabled\"");
    EXPECT_EQ(deliver(fixture("text")).status, 200);
    EXPECT_TRUE(texts().empty());
    EXPECT_EQ(toggle("type=whatsapp&enabled=true").body, "\"whatsapp webhook enabled\"");
    EXPECT_EQ(deliver(fixture("text")).at("received"), 1);
}

TEST_F(ConnectedChannel, HowFarAMessageGotIsTakenInThoughTheChannelIsSwitchedOff) {
    hear(world.clock().now());
    const auto sent = world.good("POST", "/conversation/message/conversationId/" + heard_conversation(),
                                 R"({"message":"Yes, in blue"})");
    world.internet().answer = [](const auto&) {
        return tests::Internet::status(200, {}, R"({"messages":[{"id":"wamid.OURS"}]})");
    };
    world.run_jobs();
    world.good("PATCH", "/agents/" + bot + "/webhook?type=whatsapp&enabled=false");
    deliver(fixture("statuses"));
    EXPECT_EQ(world.good("GET", "/messages/" + sent.text("message.id")).text("delivery"), "delivered");
}

TEST_F(ConnectedChannel, SwitchingAnswersInTheWordsThatClientsKnow) {
    const auto toggle = [&](const std::string& agent, const std::string& query) {
        return world.call("PATCH", "/agents/" + agent + "/webhook" + query);
    };
    for (const auto* query :
         {"", "?type=whatsapp", "?enabled=true", "?type=pigeon&enabled=true", "?type=whatsapp&enabled=perhaps"}) {
        const auto answer = toggle(bot, query);
        EXPECT_EQ(answer.status, 400) << query;
        EXPECT_EQ(answer.text("error"), R"(The parameters "id", "service-provider-type", and "enabled" are required.)");
    }
    for (const auto& [agent, type] :
         {std::pair(bot, "telegram"), std::pair(bot, "instagram"), std::pair(std::string("nobody"), "whatsapp")}) {
        const auto answer = toggle(agent, std::string("?type=") + type + "&enabled=true");
        EXPECT_EQ(answer.status, 404) << agent << type;
        EXPECT_EQ(answer.text("error"), "Agent not found or ServiceProvider not found for this agent.");
    }
}

TEST_F(ChannelsApi, AnotherSystemBringsWhatItsEndUsersSay) {
    channel =
        world.good("POST", "/agents/" + bot + "/channels", R"({"type":"api","appSecret":"app-secret"})").text("id");
    const auto bring = [&](const std::string& body) {
        auto request = World::request("", "POST", "/integrations/api/webhook?service_provider_id=" + channel, body);
        request.headers.emplace_back("x-hub-signature-256",
                                     "sha256=" + crypto::to_hex(crypto::hmac_sha256("app-secret", body)));
        return world.send(request);
    };
    const std::string said = R"({"messages":[{"id":"1","thread":"7","text":"Hi","email":"ana@x.example"},)"
                             R"({"id":"2","thread":"7","text":"Hello?"},{"id":"1","thread":"7","text":"Hi"}]})";
    EXPECT_EQ(bring(said).at("received"), 2);
    EXPECT_EQ(bring(said).at("received"), 0);
    EXPECT_EQ(texts(), (std::vector<std::string>{"Hi", "Hello?"}));
    const auto wrong = bring(R"({"messages":[{"id":"1","thread":7}]})");
    EXPECT_EQ(wrong.status, 400);
    EXPECT_EQ(wrong.bad_fields(), (std::vector<std::string>{"messages.0.thread", "messages.0.text"}));
    EXPECT_EQ(world.call("POST", "/integrations/api/webhook?service_provider_id=" + channel, said).status, 401);
}

TEST_F(ConnectedChannel, AnAgentTakesItsChannelsAlong) {
    world.good("DELETE", "/agents/" + bot);
    EXPECT_EQ(deliver(fixture("text")).status, 404);
}

TEST_F(ConnectedChannel, ADeliveryThatIsNoJsonIsRefusedAfterItsSignature) {
    EXPECT_EQ(deliver("no JSON").status, 400);
    EXPECT_EQ(deliver("{}").status, 200);
}

}  // namespace
}  // namespace etapa::api
