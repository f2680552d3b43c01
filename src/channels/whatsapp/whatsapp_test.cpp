#include "base/crypto.hpp"
#include "base/json_write.hpp"
#include "channels/channel.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace etapa::channels {
namespace {

std::string fixture(const std::string& name) {
    std::ifstream file("src/channels/whatsapp/fixtures/" + name + ".json");
    return {std::istreambuf_iterator<char>(file), {}};
}

const Adapter& adapter() { return *adapter_of(Channel::whatsapp); }

ChannelConnection number() {
    ChannelConnection connection;
    connection.phone_number_id = ShortText{"106540352242922"};
    return connection;
}

Report report_of(const std::string& name) { return *adapter().translate(fixture(name), number()); }

const ChannelSecrets secrets{"access-token", "app-secret", "verify-token"};

TEST(Whatsapp, ASignatureOverTheBytesIsGenuineAndNothingElse) {
    const auto body = fixture("text");
    const auto good = "sha256=" + crypto::to_hex(crypto::hmac_sha256("app-secret", body));
    EXPECT_TRUE(adapter().is_genuine(body, good, secrets));
    EXPECT_FALSE(adapter().is_genuine(body + ' ', good, secrets));
    EXPECT_FALSE(adapter().is_genuine(body, good, {"access-token", "another", "verify-token"}));
    for (const auto& wrong :
         {std::string(), std::string("sha256="), good.substr(7), good + '0', "sha1=" + good.substr(7)}) {
        EXPECT_FALSE(adapter().is_genuine(body, wrong, secrets)) << wrong;
    }
}

TEST(Whatsapp, ATextIsHeardWithItsSenderAndTime) {
    const auto report = report_of("text");
    ASSERT_EQ(report.heard.size(), 1);
    const auto& heard = report.heard.front();
    EXPECT_EQ(heard.thread, "16505551234");
    EXPECT_EQ(heard.external_id, "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=");
    EXPECT_EQ(heard.text, "Does it come in another color?");
    EXPECT_EQ(heard.end_user.first_name->value, "Sheena Nelson");
    EXPECT_EQ(heard.end_user.phone_number->value, "16505551234");
    EXPECT_EQ(heard.end_user.external_id->value, "16505551234");
    EXPECT_EQ(to_iso8601(*heard.sent_at), "2025-06-08T20:59:43.000Z");
    EXPECT_FALSE(heard.metadata);
    EXPECT_FALSE(heard.is_reaction);
}

TEST(Whatsapp, AnImageKeepsItsCaptionAndWhatItTakesToFetchIt) {
    const auto report = report_of("image");
    ASSERT_EQ(report.heard.size(), 1);
    EXPECT_EQ(report.heard.front().text, "Is this one available?");
    const auto metadata = boost::json::parse(report.heard.front().metadata->value);
    EXPECT_EQ(metadata.at_pointer("/type"), "image");
    EXPECT_EQ(metadata.at_pointer("/image/id"), "1003383421387256");
}

TEST(Whatsapp, AChoiceSaysWhatItsButtonSays) {
    const auto report = report_of("button");
    ASSERT_EQ(report.heard.size(), 2);
    EXPECT_EQ(report.heard[0].text, "Cancel");
    EXPECT_EQ(boost::json::parse(report.heard[0].metadata->value).at_pointer("/context/id"), "wamid.OURS");
    EXPECT_EQ(report.heard[1].text, "Priority Mail Express");
}

TEST(Whatsapp, WhatIsMoreThanTextIsKept) {
    struct Case {
        std::string_view name;
        std::string_view text;
        std::string_view pointer;
        boost::json::value kept;
    };
    for (const auto& [name, text, pointer, kept] : std::vector<Case>{
             {"reply", "This one, please", "/context/id", "wamid.OURS"},
             {"contacts", "", "/contacts/0/phones/0/wa_id", "16505559876"},
             {"unsupported", "", "/errors/0/code", 131051},
         }) {
        const auto report = report_of(std::string(name));
        ASSERT_EQ(report.heard.size(), 1) << name;
        EXPECT_EQ(report.heard.front().text, text) << name;
        ASSERT_TRUE(report.heard.front().metadata) << name;
        EXPECT_EQ(boost::json::parse(report.heard.front().metadata->value).at_pointer(pointer), kept) << name;
    }
}

TEST(Whatsapp, ANoticeOfThePlatformIsNotHeard) { EXPECT_TRUE(report_of("system").heard.empty()); }

TEST(Whatsapp, AReactionIsOne) {
    const auto report = report_of("reaction");
    ASSERT_EQ(report.heard.size(), 1);
    EXPECT_TRUE(report.heard.front().is_reaction);
    EXPECT_EQ(report.heard.front().text, "👍");
}

TEST(Whatsapp, StatusesTellHowFarMessagesGot) {
    const auto report = report_of("statuses");
    ASSERT_EQ(report.told.size(), 3);
    EXPECT_EQ(report.told[0].delivery, DeliveryState::delivered);
    EXPECT_EQ(report.told[0].external_id, "wamid.OURS");
    EXPECT_TRUE(report.told[1].window_closed);
    EXPECT_EQ(report.told[2].delivery, DeliveryState::failed);
    EXPECT_FALSE(report.told[2].window_closed);
    EXPECT_EQ(report.told[2].error, "Message undeliverable");
}

TEST(Whatsapp, NoTextHasACharacterThatNoStoreTakes) {
    auto body = fixture("text");
    const std::string_view said = "Does it";
    body.insert(body.find(said), R"(\u0000)");
    EXPECT_EQ(adapter().translate(body, number())->heard.at(0).text, "Does it come in another color?");
}

TEST(Whatsapp, WhatIsForAnotherNumberIsLeftOut) {
    auto other = number();
    other.phone_number_id = ShortText{"1"};
    const auto report = adapter().translate(fixture("text"), other);
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->heard.empty());
}

TEST(Whatsapp, WhatNobodyCouldHaveSentSaysNothing) {
    EXPECT_FALSE(adapter().translate("no JSON", number()));
    EXPECT_FALSE(adapter().translate("[]", number()));
    for (const auto* body : {"{}", R"({"entry":1})", R"({"entry":[null,{"changes":[{"value":7}]}]})",
                             R"({"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"106540352242922"},)"
                             R"("messages":[{"type":"text"},{"from":"1","id":5},{"from":"1","id":"","timestamp":"x"}],)"
                             R"("statuses":[{},{"status":"sent"}]}}]}]})"}) {
        const auto report = adapter().translate(body, number());
        ASSERT_TRUE(report.has_value()) << body;
        EXPECT_TRUE(report->heard.empty()) << body;
    }
}

boost::json::value sent(const Message& message, std::optional<std::pair<std::string, std::string>> approved = {}) {
    const auto connection = number();
    const auto parcel =
        adapter().parcel({message, "16505551234", std::move(approved), connection, secrets, "https://crm.example"});
    EXPECT_EQ(parcel.path, "/106540352242922/messages");
    EXPECT_EQ(parcel.headers, (decltype(parcel.headers){{"Authorization", "Bearer access-token"}}));
    return boost::json::parse(parcel.body);
}

TEST(Whatsapp, ATextIsSentAsText) {
    Message message;
    message.text = "Hello";
    const auto body = sent(message);
    EXPECT_EQ(body.at("messaging_product"), "whatsapp");
    EXPECT_EQ(body.at("to"), "16505551234");
    EXPECT_EQ(body.at("type"), "text");
    EXPECT_EQ(body.at_pointer("/text/body"), "Hello");
}

TEST(Whatsapp, WhatDoesNotFitIntoOneMessageOfTheProviderNamesItsField) {
    struct Case {
        std::size_t characters;
        std::vector<std::string> mime_types;
        std::string_view field;
    };
    for (const auto& [characters, mime_types, field] : std::initializer_list<Case>{
             {4'096, {}, ""},
             {4'097, {}, "message"},
             {1'024, {"image/png"}, ""},
             {1'025, {"image/png"}, "message"},
             {0, {"audio/ogg"}, ""},
             {1, {"audio/ogg"}, "attachments"},
             {1, {"image/png", "image/png"}, "attachments"},
         }) {
        Message message;
        for (std::size_t count = 0; count < characters; ++count) message.text += "é";
        message.attachments.emplace();
        for (const auto& type : mime_types) message.attachments->push_back({{"https://x.example/a"}, {"a"}, {type}});
        const auto obstacle = adapter().obstacle(message);
        EXPECT_EQ(obstacle ? obstacle->field : "", field) << characters << ' ' << mime_types.size();
    }
}

TEST(Whatsapp, AFileIsSentByItsAddressWithTheTextAsCaption) {
    Message message;
    message.text = "Look";
    message.attachments = std::vector{Attachment{{"https://x.example/a.pdf"}, {"a.pdf"}, {"application/pdf"}}};
    const auto body = sent(message);
    EXPECT_EQ(body.at("type"), "document");
    EXPECT_EQ(body.at_pointer("/document/link"), "https://x.example/a.pdf");
    EXPECT_EQ(body.at_pointer("/document/caption"), "Look");
    EXPECT_EQ(body.at_pointer("/document/filename"), "a.pdf");
}

TEST(Whatsapp, ATemplateIsSentByNameAndLanguage) {
    Message message;
    message.text = "shown, not sent";
    const auto body = sent(message, std::pair("welcome", "pt_BR"));
    EXPECT_EQ(body.at("type"), "template");
    EXPECT_EQ(body.at_pointer("/template/name"), "welcome");
    EXPECT_EQ(body.at_pointer("/template/language/code"), "pt_BR");
    EXPECT_FALSE(body.as_object().contains("text"));
}

TEST(Whatsapp, AnswersMeanWhatTheyMean) {
    using Outcome = Receipt::Outcome;
    const auto accepted = adapter().receipt(200, R"({"messages":[{"id":"wamid.X"}]})");
    EXPECT_EQ(accepted.outcome, Outcome::accepted);
    EXPECT_EQ(accepted.external_id, "wamid.X");
    const auto outcome = [](int status, const std::string& code) {
        return adapter().receipt(status, R"({"error":{"message":"No","code":)" + code + "}}").outcome;
    };
    EXPECT_EQ(outcome(400, "131047"), Outcome::window_closed);
    EXPECT_EQ(outcome(400, "131026"), Outcome::refused);
    EXPECT_EQ(outcome(401, "190"), Outcome::refused);
    EXPECT_EQ(outcome(400, "130429"), Outcome::later);
    EXPECT_EQ(outcome(400, "131056"), Outcome::later);
    EXPECT_EQ(outcome(429, "1"), Outcome::later);
    EXPECT_EQ(outcome(500, "131000"), Outcome::unknown);
    EXPECT_EQ(adapter().receipt(404, "<html>").error, "the provider answered 404");
    EXPECT_EQ(adapter().receipt(400, R"({"error":{"message":"No such number","code":100}})").error, "No such number");
}

}  // namespace
}  // namespace etapa::channels
