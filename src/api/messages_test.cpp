#include "api/test_conversations.hpp"
#include "crm/conversations/store.hpp"
#include "crm/messages/store.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

// A conversation whose messages are read and written.
class MessagesApi : public testing::Test {
protected:
    MessagesApi() : talk(world.conversation()) { world.new_events(); }

    Answer register_message(const std::string& text, const std::string& more = {}) {
        return world.good("POST", "/conversations/" + talk + "/message-register",
                          R"({"message":")" + text + '"' + more + '}');
    }
    Answer messages(const std::string& count) {
        return world.call("GET", "/conversation/" + talk + "/messages/" + count);
    }
    Types texts(const std::string& count) {
        Types found;
        const auto list = messages(count).at("messages");
        for (const auto& message : list.as_array()) found.emplace_back(message.at("text").as_string());
        return found;
    }
    Answer conversation(const std::string& id) { return world.good("GET", "/conversation/" + id); }
    Answer send(const std::string& id, const std::string& body) {
        return world.call("POST", "/conversation/message/conversationId/" + id, body);
    }

    World world;
    std::string talk;
};

TEST_F(MessagesApi, TheNewestComeInTheOrderOfTime) {
    for (const auto* text : {"one", "two", "three"}) {
        register_message(text);
        world.clock().advance(seconds(1));
    }
    EXPECT_EQ(texts("2"), (Types{"two", "three"}));
    EXPECT_EQ(texts("10000"), (Types{"one", "two", "three"}));
    EXPECT_EQ(world.good("GET", "/conversations/" + talk + "/messages").at("messages").as_array().size(), 2);
}

TEST_F(MessagesApi, MessagesOfOneInstantKeepTheirOrder) {
    for (int number = 0; number < 5; ++number) register_message(std::to_string(number));
    EXPECT_EQ(texts("5"), (Types{"0", "1", "2", "3", "4"}));
}

TEST_F(MessagesApi, ACountOfManyIsClampedAndOneThatIsNoneIsRefused) {
    register_message("one");
    for (const auto* count : {"10001", "1000000", "9223372036854775807", "99999999999999999999999"}) {
        EXPECT_EQ(texts(count), Types{"one"}) << count;
    }
    for (const auto* count : {"0", "-1", "-99999999999999999999999", "many", "1.5", "2x", "%20"}) {
        const auto answer = messages(count);
        EXPECT_EQ(answer.status, 400) << count << answer.body;
        EXPECT_EQ(answer.bad_fields(), Types{"count"});
        EXPECT_EQ(answer.text("error"), "INVALID_REQUEST");
    }
}

TEST_F(MessagesApi, TheAnswerSaysHowTheConversationStands) {
    const auto nobody = messages("2");
    EXPECT_EQ(nobody.text("status"), "UNRESOLVED");
    EXPECT_EQ(nobody.at("isAiEnabled"), true);
    EXPECT_EQ(nobody.text("userId"), "");
    EXPECT_EQ(nobody.text("organizationId"), world.organization().value);
    const auto ana = world.member("ana@acme.example");
    world.good("POST", "/conversation/" + talk + "/assign", R"({"membershipId":")" + ana + R"("})");
    EXPECT_EQ(messages("2").text("userId"), world.good("GET", "/memberships").text("1.userId"));
}

TEST_F(MessagesApi, AMessageHasEveryMember) {
    const auto answer = register_message("Hi");
    Types names;
    const auto shown = answer.at("message");
    for (const auto& member : shown.as_object()) names.emplace_back(member.key());
    EXPECT_EQ(names, (Types{"id",        "conversationId", "from",      "text",       "agentId",     "contactId",
                            "visitorId", "metadata",       "read",      "externalId", "delivery",    "deliveryError",
                            "userId",    "attachments",    "createdAt", "updatedAt",  "html",        "sources",
                            "usage",     "inputId",        "eval",      "agentModel", "usageCredits"}));
    EXPECT_EQ(world.good("GET", "/messages/" + answer.text("message.id")).json, answer.at("message"));
    EXPECT_EQ(messages("1").at("messages.0"), answer.at("message"));
    const auto with_sources = world.good("GET", "/messages/" + answer.text("message.id") + "?includeSources=true");
    EXPECT_EQ(with_sources.at("sources"), boost::json::array());
}

TEST_F(MessagesApi, TheEndUsersMessageIsUnreadAndOpensAResolvedConversation) {
    talk = world.conversation(R"("contact":{"firstName":"Ana"},"visitorId":"v1")");
    const auto contact = conversation(talk).text("participantsContacts.0.id");
    world.good("POST", "/conversation/" + talk + "/resolve");
    world.new_events();
    const auto message = register_message("Hi");
    EXPECT_EQ(world.new_events(), (Types{"message.created", "conversation.changed"}));
    EXPECT_EQ(message.text("message.from"), "human");
    EXPECT_EQ(message.at("message.read"), false);
    EXPECT_EQ(message.text("message.contactId"), contact);
    EXPECT_EQ(message.text("message.visitorId"), "v1");
    register_message("Hello?");
    EXPECT_EQ(conversation(talk).at("unreadMessagesCount"), 2);
    EXPECT_EQ(conversation(talk).text("status"), "UNRESOLVED");
    EXPECT_TRUE(conversation(talk).at("lastHumanInteractionAt").is_null());
}

TEST_F(MessagesApi, ARequestForAPersonStaysWhenTheEndUserWrites) {
    world.good("POST", "/conversation/" + talk + "/request-human");
    register_message("Hi");
    EXPECT_EQ(conversation(talk).text("status"), "HUMAN_REQUESTED");
}

TEST_F(MessagesApi, AMessageOfTheAgentIsOnlyNoted) {
    world.good("POST", "/conversation/" + talk + "/resolve");
    const auto before = conversation(talk).json;
    world.new_events();
    const auto message = register_message("Hi", R"(,"from":"agent")");
    EXPECT_EQ(message.text("message.from"), "agent");
    EXPECT_EQ(message.at("message.read"), true);
    EXPECT_EQ(world.new_events(), Types{"message.created"});
    EXPECT_EQ(conversation(talk).json, before);
}

TEST_F(MessagesApi, ASentMessageIsThePersonsAndChangesNeitherStatusNorAi) {
    world.good("POST", "/conversation/" + talk + "/resolve");
    world.new_events();
    const auto sent = send(talk, R"({"message":"Hello","attachments":[)"
                                 R"({"url":"https://files.example/a.png","name":"a.png","mimeType":"image/png"},)"
                                 R"({"url":"/files/1","name":"b.pdf","mimeType":"application/pdf"}]})");
    ASSERT_EQ(sent.status, 200) << sent.body;
    EXPECT_EQ(world.new_events(), (Types{"message.created", "conversation.changed"}));
    EXPECT_EQ(sent.text("message.from"), "agent");
    EXPECT_EQ(sent.text("message.conversationId"), talk);
    EXPECT_EQ(sent.text("message.attachments.1.mimeType"), "application/pdf");
    EXPECT_EQ(messages("1").at("messages.0"), sent.at("message"));
    const auto now = conversation(talk);
    EXPECT_EQ(now.text("status"), "RESOLVED");
    EXPECT_EQ(now.at("isAiEnabled"), true);
    EXPECT_EQ(now.at("unreadMessagesCount"), 0);
    EXPECT_FALSE(now.at("lastHumanInteractionAt").is_null());
}

TEST_F(MessagesApi, ASentMessageIsWrittenAsTheAgentThatIsNamedElseAsTheConversationsOwn) {
    const auto own = world.good("POST", "/agents", R"({"name":"Own"})").text("id");
    const auto other = world.good("POST", "/agents", R"({"name":"Other"})").text("id");
    const auto id = world.conversation(R"("agentId":")" + own + '"');
    EXPECT_EQ(send(id, R"({"message":"Hi"})").text("message.agentId"), own);
    EXPECT_EQ(send(id, R"({"message":"Hi","agentId":")" + other + R"("})").text("message.agentId"), other);
}

struct BadMessage {
    std::string name;
    std::string path;  // `{talk}` is the conversation
    std::string body;
    std::vector<std::string> fields;
};

class MessageRefused : public MessagesApi, public testing::WithParamInterface<BadMessage> {};

TEST_P(MessageRefused, NamesEveryBadFieldAndStoresNothing) {
    const auto answer = world.call("POST", expanded(GetParam().path, {{"talk", talk}}), GetParam().body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.bad_fields(), GetParam().fields) << answer.body;
    EXPECT_EQ(world.new_events(), Types{});
    EXPECT_EQ(texts("10"), Types{});
}

INSTANTIATE_TEST_SUITE_P(
    , MessageRefused,
    testing::ValuesIn(std::vector<BadMessage>{
        {"RegisteredWithoutText", "/conversations/{talk}/message-register", "{}", {"message"}},
        {"RegisteredBlank", "/conversations/{talk}/message-register", R"({"message":" \n"})", {"message"}},
        {"RegisteredTooLong",
         "/conversations/{talk}/message-register",
         R"({"message":")" + std::string(100'001, 'x') + R"(","from":"bot"})",
         {"message", "from"}},
        {"SentWithoutText", "/conversation/message/conversationId/{talk}", "{}", {"message"}},
        {"SentByAnUnknownType", "/conversation/message/whatsapp/{talk}", R"({"message":"Hi"})", {"type"}},
        {"SentByPhoneWithoutAgentAndChannel",
         "/conversation/message/phone/4930",
         R"({"message":""})",
         {"message", "agentId", "channel"}},
        {"SentWithUnknownReferences",
         "/conversation/message/conversationId/{talk}",
         R"({"message":"Hi","agentId":"nobody","contactId":"nobody"})",
         {"contactId", "agentId"}},
        {"SentWithBadFiles",
         "/conversation/message/conversationId/{talk}",
         R"({"message":"Hi","attachments":[{"url":"javascript:alert","name":"a"},{"url":"//evil.example/a"}]})",
         {"attachments.0.url", "attachments.0.mimeType", "attachments.1.url", "attachments.1.name",
          "attachments.1.mimeType"}},
    }),
    [](const auto& info) { return info.param.name; });

TEST_F(MessagesApi, ARecordingIsAMessageWithoutWords) {
    const std::vector<std::pair<std::string, std::string>> types{
        {"https://files.example/a.mp3", "audio/mpeg"},
        {"https://files.example/a.ogg?x=.mp3", "audio/ogg"},
        {"https://files.example/a", "application/octet-stream"}};
    for (const auto& [url, type] : types) {
        world.pass(seconds(1));
        world.new_events();
        const auto sent = world.good("POST", "/conversations/" + talk + "/send-audio",
                                     R"({"audioUrl":")" + url + R"(","duration":7})");
        EXPECT_EQ(sent.text("data.status"), "sent");
        const auto message = world.good("GET", "/messages/" + sent.text("data.messageId"));
        EXPECT_EQ(message.text("attachments.0.url"), url);
        EXPECT_EQ(message.text("attachments.0.mimeType"), type);
        EXPECT_EQ(message.at("metadata.duration"), 7);
        EXPECT_EQ(world.new_events(), (Types{"message.created", "conversation.changed"}));
    }
    const auto refused =
        world.call("POST", "/conversations/" + talk + "/send-audio", R"({"audioUrl":"a.mp3","duration":-1})");
    EXPECT_EQ(refused.bad_fields(), (Types{"audioUrl", "duration"}));
    talk = world.conversation(R"("channel":"whatsapp")");
    EXPECT_EQ(
        world.call("POST", "/conversations/" + talk + "/send-audio", R"({"audioUrl":"https://x.example/a"})").status,
        406);
}

TEST_F(MessagesApi, FilesAloneAreAMessage) {
    EXPECT_EQ(
        send(talk, R"({"message":"","attachments":[{"url":"/files/1","name":"a","mimeType":"image/png"}]})").status,
        200);
}

TEST_F(MessagesApi, LengthsCountCharacters) {
    std::string text;
    for (int count = 0; count < 100'000; ++count) text += "é";
    EXPECT_EQ(register_message(text).text("message.text"), text);
}

// Conversations of one contact with two agents on several channels.
class Addressed : public MessagesApi {
protected:
    Addressed() {
        ids["bot"] = world.good("POST", "/agents", R"({"name":"Bot"})").text("id");
        ids["other"] = world.good("POST", "/agents", R"({"name":"Other"})").text("id");
        ids["older"] = make("website", "bot");
        world.clock().advance(seconds(1));
        ids["newer"] = make("website", "bot");
        world.clock().advance(seconds(1));
        ids["by other"] = make("website", "other");
        ids["elsewhere"] = make("dashboard", "bot");
    }

    std::string make(const std::string& channel, const std::string& agent) {
        return world.conversation(R"("contact":{"phoneNumber":"+4930","email":"ana@x.example"},"channel":")" + channel +
                                  R"(","agentId":")" + ids[agent] + '"');
    }
    Answer send_to(const std::string& address, const std::string& channel, const std::string& agent) {
        return world.call("POST", "/conversation/message/" + address,
                          R"({"message":"Hi","channel":")" + channel + R"(","agentId":")" + agent + R"("})");
    }

    Names ids;
};

TEST_F(Addressed, TheNewestConversationWithTheAgentOnTheChannelIsTaken) {
    for (const auto* address : {"phone/4930", "phone/%2B4930", "email/ana@x.example", "email/Ana@X.EXAMPLE"}) {
        const auto sent = send_to(address, "website", ids["bot"]);
        ASSERT_EQ(sent.status, 200) << sent.body;
        EXPECT_EQ(sent.text("message.conversationId"), ids["newer"]) << address;
    }
    EXPECT_EQ(send_to("phone/4930", "website", ids["other"]).text("message.conversationId"), ids["by other"]);
    EXPECT_EQ(send_to("phone/4930", "dashboard", ids["bot"]).text("message.conversationId"), ids["elsewhere"]);
}

TEST_F(Addressed, NobodyThereIsNotFoundAndNothingIsCreated) {
    world.new_events();
    for (const auto& answer :
         {send_to("phone/4931", "website", ids["bot"]), send_to("email/bob@x.example", "website", ids["bot"]),
          send_to("phone/4930", "telegram", ids["bot"]), send_to("phone/4930", "website", "nobody"),
          send_to("email/4930", "website", ids["bot"])}) {
        EXPECT_EQ(answer.status, 404) << answer.body;
        EXPECT_EQ(answer.text("error"), "NOT FOUND");
        EXPECT_NE(answer.text("message").find("No conversation found"), std::string::npos);
    }
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(Addressed, OthersHaveOtherContacts) {
    const auto rival = world.second_organization_key();
    const auto body = R"({"message":"Hi","channel":"website","agentId":")" + ids["bot"] + R"("})";
    EXPECT_EQ(world.call_as(rival, "POST", "/conversation/message/phone/4930", body).status, 404);
}

// Channels with the 24-hour rule, and ones that nobody has connected.
class Window : public MessagesApi {
protected:
    std::string on(const std::string& channel) { return world.conversation(R"("channel":")" + channel + '"'); }
    // The end user writes on the channel.
    void hear() {
        auto write = [&](WriteTx& tx) {
            auto heard = conversations::lock(tx, {talk});
            heard.last_inbound_at = tx.now();
            conversations::save(tx, heard);
        };
        world.database().write_now(world.caller(), write);
    }
};

TEST_F(Window, IsClosedUntilTheEndUserWritesAndAgainADayLater) {
    for (const auto* channel : {"whatsapp", "instagramDm"}) {
        talk = on(channel);
        const auto closed = send(talk, R"({"message":"Hi"})");
        EXPECT_EQ(closed.status, 406) << channel << closed.body;
        EXPECT_EQ(closed.text("error"), "ERR_META_SESSION_EXPIRED_24H");
        EXPECT_NE(closed.text("message"), closed.text("error"));
        register_message("Hello?");
        EXPECT_EQ(send(talk, R"({"message":"Hi"})").status, 406) << "it did not come over the channel";
        hear();
        EXPECT_EQ(send(talk, R"({"message":"Hi"})").status, 409);
        world.clock().advance(Duration{24 * 3'600'000 - 1});
        EXPECT_EQ(send(talk, R"({"message":"Hi"})").status, 409);
        world.clock().advance(Duration{1});
        EXPECT_EQ(send(talk, R"({"message":"Hi"})").status, 406);
        EXPECT_EQ(texts("10"), Types{"Hello?"});
    }
}

TEST_F(Window, DoesNotExistOnOtherChannels) {
    for (const auto* channel : {"api", "website", "dashboard"}) {
        EXPECT_EQ(send(on(channel), R"({"message":"Hi"})").status, 200) << channel;
    }
}

TEST_F(Window, AChannelThatNobodyConnectedIsSaidAndNothingIsStored) {
    for (const auto* channel : {"zapi", "telegram", "mercadolivre", "instagram", "chatbox", "internal_chats"}) {
        talk = on(channel);
        world.new_events();
        const auto answer = send(talk, R"({"message":"Hi"})");
        EXPECT_EQ(answer.status, 409) << channel;
        EXPECT_EQ(answer.text("code"), "channel_not_connected");
        EXPECT_EQ(world.new_events(), Types{});
        EXPECT_EQ(texts("10"), Types{});
    }
}

TEST_F(MessagesApi, TenThousandMessagesAreReadInOneGo) {
    auto fill = [&](WriteTx& tx) {
        for (int number = 0; number < 10'001; ++number) {
            Message message;
            message.conversation_id = {talk};
            message.text = "Message " + std::to_string(number);
            messages::append(tx, std::move(message));
        }
    };
    world.database().write_now(world.caller(), fill);
    const auto all = texts("10000");
    ASSERT_EQ(all.size(), 10'000U);
    EXPECT_EQ(all.front(), "Message 1");
    EXPECT_EQ(all.back(), "Message 10000");
}

TEST_F(MessagesApi, ReadingTakesTheUnreadOnesAndSaysSoOnce) {
    register_message("one");
    register_message("two", R"(,"from":"agent")");
    register_message("three");
    world.new_events();
    for (const auto* path : {"/conversations/", "/conversation/"}) {
        EXPECT_EQ(world.good("POST", path + talk + "/read").text("message"), "Conversation read.");
    }
    EXPECT_EQ(world.new_events(), Types{"conversation.changed"});
    EXPECT_EQ(conversation(talk).at("unreadMessagesCount"), 0);
    const auto list = messages("10").at("messages");
    for (const auto& message : list.as_array()) EXPECT_EQ(message.at("read"), true);
}

TEST_F(MessagesApi, OthersSeeAndWriteNothing) {
    const auto message = register_message("Hi").text("message.id");
    const auto rival = world.second_organization_key();
    EXPECT_EQ(world.call_as(rival, "GET", "/messages/" + message).status, 404);
    EXPECT_EQ(world.call_as(rival, "GET", "/conversation/" + talk + "/messages/5").status, 404);
    EXPECT_EQ(world.call_as(rival, "POST", "/conversations/" + talk + "/message-register", R"({"message":"x"})").status,
              404);
    EXPECT_EQ(texts("5"), Types{"Hi"});
}

}  // namespace
}  // namespace etapa::api
