// Files: how they come in, how they go out, and when they are gone.
#include "api/test_conversations.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view png = "\x89PNG\r\n\x1A\n picture"sv;

std::string form(std::string_view content, std::string_view name = "a.png", std::string_view type = "text/html") {
    std::string body = "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";
    body.append(name).append("\"\r\nContent-Type: ").append(type).append("\r\n\r\n");
    return body.append(content).append("\r\n--XX--\r\n");
}

std::string header(const Answer& answer, std::string_view name) {
    const auto found = std::ranges::find(answer.headers, name, &std::pair<std::string, std::string>::first);
    return found == answer.headers.end() ? "" : found->second;
}

class Attachments : public testing::Test {
protected:
    Answer upload(std::string_view body) { return world.call("POST", "/conversations/" + id + "/attachments", body); }
    Answer uploaded(std::string_view content, std::string_view name = "a.png") {
        auto answer = upload(form(content, name));
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer;
    }
    // Without a key, as browsers do.
    Answer read(const std::string& url) { return world.call_as("", "GET", url); }

    World world;
    std::string id = world.conversation();
};

TEST_F(Attachments, AFileIsStoredAndServedAsItCame) {
    const auto stored = uploaded(png, "C:\\fakepath\\holiday ação.png");
    EXPECT_EQ(stored.text("name"), "holiday ação.png");
    EXPECT_EQ(stored.text("mimeType"), "image/png") << "told from the bytes, not from the sender";
    EXPECT_EQ(stored.at("size"), static_cast<std::int64_t>(png.size()));
    const auto file = read(stored.text("url"));
    EXPECT_EQ(file.status, 200);
    EXPECT_EQ(file.body, png);
    EXPECT_EQ(header(file, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(file, "Content-Security-Policy"), "default-src 'none'; sandbox");
    EXPECT_EQ(header(file, "Content-Disposition"), "inline; filename*=UTF-8''holiday%20a%C3%A7%C3%A3o.png");
    EXPECT_EQ(header(file, "Cache-Control"), "private, max-age=86400");
}

TEST_F(Attachments, WhatABrowserCouldRunIsOnlyDownloaded) {
    for (const std::string_view content : {"<script>alert(1)</script>"sv, "<svg/>"sv, "PK\x03\x04"sv, "\0\0"sv}) {
        const auto file = read(uploaded(content, "page.html").text("url"));
        EXPECT_TRUE(header(file, "Content-Disposition").starts_with("attachment; "));
    }
}

TEST_F(Attachments, TheAnswerFitsIntoAMessage) {
    const auto stored = uploaded(png);
    world.good("POST", "/conversation/message/conversationId/" + id,
               R"({"message":"","attachments":[{"url":")" + stored.text("url") +
                   R"(","name":"a.png","mimeType":"image/png"}]})");
    const auto messages = world.good("GET", "/conversations/" + id + "/messages/5");
    EXPECT_EQ(messages.text("messages.0.attachments.0.url"), stored.text("url"));
}

TEST_F(Attachments, AnAddressCannotBeGuessed) {
    const auto first = uploaded(png).text("url");
    const auto second = uploaded(png).text("url");
    EXPECT_NE(first, second);
    EXPECT_EQ(first.size() - first.rfind('/') - 1, 40);
    EXPECT_EQ(read(first.substr(0, first.size() - 1)).status, 404);
    EXPECT_EQ(read(first.substr(0, first.rfind('/')) + "/nobody").status, 404);
    EXPECT_EQ(read("/files/nobody" + first.substr(first.rfind('/'))).status, 404);
}

TEST_F(Attachments, BodiesThatAreNoSingleFileAreRefused) {
    EXPECT_EQ(upload(R"({"file":"a"})").status, 415);
    EXPECT_EQ(upload("").status, 415);
    EXPECT_EQ(upload("--XX\r\nbroken").status, 400);
    const std::string field = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    for (const std::string& body :
         {field + "--XX--", form(""), "--XX\r\n" + form(png).substr(6, form(png).size() - 14) + "\r\n" + form(png)}) {
        const auto refused = upload(body);
        EXPECT_EQ(refused.status, 400) << body;
        EXPECT_EQ(refused.bad_fields(), std::vector<std::string>{"file"}) << body;
    }
    EXPECT_EQ(upload(field + form(png)).status, 201) << "other fields are ignored";
    EXPECT_EQ(world.call("POST", "/conversations/nobody/attachments", form(png)).status, 404);
}

TEST_F(Attachments, AFileHasAtMost16MiB) {
    std::string content(16UL * 1024 * 1024, 'x');
    const auto stored = uploaded(content);
    EXPECT_EQ(read(stored.text("url")).body.size(), content.size());
    content += 'x';
    EXPECT_EQ(upload(form(content)).status, 413);
}

TEST_F(Attachments, NamesAreCutToSomethingSensible) {
    EXPECT_EQ(uploaded(png, "").text("name"), "file");
    EXPECT_EQ(uploaded(png, "../..").text("name"), "file");
    EXPECT_EQ(uploaded(png, "../../etc/passwd").text("name"), "passwd");
    EXPECT_EQ(uploaded(png, "a%0D%0Ab.png").text("name"), "ab.png");
    EXPECT_EQ(uploaded(png, "\xFF.png").text("name"), "file");
    std::string long_name;
    for (int count = 0; count < 300; ++count) long_name += "ã";
    EXPECT_EQ(uploaded(png, long_name).text("name").size(), 400) << "200 characters";
}

TEST_F(Attachments, GoWithTheirConversation) {
    const auto url = uploaded(png).text("url");
    for (int count = 0; count < 30; ++count) uploaded(png);  // more than one transaction removes
    world.good("DELETE", "/conversation/" + id);
    EXPECT_EQ(read(url).status, 404);
    world.run_jobs();
    auto rows = [](ReadTx& tx) { return tx.one<std::int64_t>("SELECT count(*) FROM blob"); };
    EXPECT_EQ(world.database().read_now(world.caller(), rows), 0);
}

TEST_F(Attachments, ARepeatedUploadIsDoneOnce) {
    auto request = World::request(world.key(), "POST", "/conversations/" + id + "/attachments", form(png));
    request.headers.emplace_back("idempotency-key", "once");
    const auto first = world.send(request);
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(world.send(request).body, first.body);
    auto again = World::request(world.key(), "POST", "/conversations/" + id + "/attachments",
                                "--YY" + form(png).substr(4, form(png).rfind("XX--") - 4) + "YY--\r\n");
    again.headers.emplace_back("idempotency-key", "once");
    EXPECT_EQ(world.send(again).body, first.body) << "with another boundary";
    request.body = form("other");
    EXPECT_EQ(world.send(request).status, 422);
}

}  // namespace
}  // namespace etapa::api
