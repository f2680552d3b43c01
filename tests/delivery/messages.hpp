#pragma once
// A number of WhatsApp, a person who has written to it, and a provider that takes what is sent to them.

#include "base/crypto.hpp"
#include "support/world.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace etapa::tests {

inline constexpr std::string_view accepted = R"({"messages":[{"id":"wamid.out"}]})";

class Messages : public testing::Test {
protected:
    Messages() {
        agent = world.good("POST", "/agents", R"({"name":"Bot"})").text("id");
        channel =
            world
                .good("POST", "/agents/" + agent + "/channels",
                      R"({"type":"whatsapp","phoneNumberId":"106540352242922","phoneNumber":"15550783881",)"
                      R"("accessToken":"access-token","appSecret":"app-secret","webhookVerifyToken":"let-me-in"})")
                .text("id");
        hear();
        conversation = world.good("GET", "/conversation").text("0.id");
        internet.answer = [](const auto&) { return Internet::status(200, {}, std::string(accepted)); };
    }

    // The end user writes, which opens the window of 24 hours.
    void hear() {
        std::ifstream file("src/channels/whatsapp/fixtures/text.json");
        std::string said{std::istreambuf_iterator<char>(file), {}};
        const std::string written_at = "1749416383";
        const auto now = std::to_string(world.clock().now().milliseconds / 1'000);
        said.replace(said.find(written_at), written_at.size(), now);
        const std::string_view id_begins = R"("id":"wamid.)";
        said.insert(said.find(id_begins) + id_begins.size(), now);
        deliver(said);
    }
    void deliver(const std::string& news) {
        auto request =
            World::request("", "POST", "/integrations/whatsapp/webhook?service_provider_id=" + channel, news);
        request.headers.emplace_back("x-hub-signature-256",
                                     "sha256=" + crypto::to_hex(crypto::hmac_sha256("app-secret", news)));
        EXPECT_EQ(world.send(request).status, 200);
    }
    // The provider tells of the message that it was sent first.
    void report(const std::string& status, bool names_ours = true) {
        const auto sent = boost::json::parse(internet.requests.at(0).body);
        const std::string ours(sent.at("biz_opaque_callback_data").as_string());
        deliver(R"({"entry":[{"changes":[{"value":{"metadata":{"phone_number_id":"106540352242922"},"statuses":[{)"
                R"("id":"wamid.late",)" +
                (names_ours ? R"("biz_opaque_callback_data":")" + ours + R"(",)" : "") + status + "}]}}]}]}");
    }

    void say(std::string_view text) {
        world.good("POST", "/conversations/message/conversationId/" + conversation,
                   R"({"message":")" + std::string(text) + R"("})");
    }
    void refuse_for_now() {
        internet.answer = [](const auto&) {
            return Internet::status(429, {}, R"({"error":{"message":"Rate limit hit","code":130429}})");
        };
    }
    void accept_all() {
        internet.answer = [this](const auto&) {
            const auto number = std::to_string(internet.requests.size());
            return Internet::status(200, {}, R"({"messages":[{"id":"wamid.)" + number + R"("}]})");
        };
    }
    // What was sent, in order.
    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        for (const auto& request : internet.requests) {
            const auto body = boost::json::parse(request.body);
            texts.emplace_back(body.at("text").at("body").as_string());
        }
        return texts;
    }
    // How far the message with this text has got.
    std::string delivery(std::string_view text) {
        const auto messages = world.good("GET", "/conversation/" + conversation + "/messages/100").at("messages");
        for (const auto& message : messages.as_array()) {
            if (message.at("text").as_string() == text) return std::string(message.at("delivery").as_string());
        }
        return "none";
    }

    World world;
    Internet& internet = world.internet();
    std::string agent;
    std::string channel;
    std::string conversation;
};

}  // namespace etapa::tests
