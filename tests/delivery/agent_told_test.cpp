// What the webhook of an agent is told of messages that take their time (API fact 13).
#include "delivery/messages.hpp"

namespace etapa::tests {
namespace {

// What the agent's webhook is told.
class Told : public Messages {
protected:
    Told() {
        world.good("PATCH", "/agents/" + agent,
                   R"({"configUrlInfosSystemExternal":{"url_webhook_external":"https://erp.example/in"}})");
        world.pass(seconds(1));
        internet.requests.clear();
    }

    std::vector<boost::json::object> told() {
        std::vector<boost::json::object> notices;
        for (const auto& request : internet.requests) {
            if (!is_notice(request)) continue;
            notices.push_back(boost::json::parse(request.body).as_object());
        }
        return notices;
    }
    static bool is_notice(const net::OutboundRequest& request) {
        return request.url.starts_with("https://erp.example");
    }
};

constexpr std::string_view window_closed = R"({"error":{"message":"Re-engagement message","code":131047}})";
constexpr std::string_view reported_closed = R"("status":"failed","errors":[{"code":131047,"title":"Re-engagement"}])";

struct Fate {
    std::string name;
    std::vector<net::OutboundResult> answers;  // of the provider
    std::vector<std::string> reports;          // later
    std::vector<std::string> told;
};

net::OutboundResult taken() { return Internet::status(200, {}, R"({"messages":[{"id":"wamid.late"}]})"); }
net::OutboundResult refused(int status, std::string_view error) {
    return Internet::status(status, {}, std::string(error));
}

class ToldOfSending : public Told, public testing::WithParamInterface<Fate> {};

TEST_P(ToldOfSending, TheAgentHearsOnceWhatBecameOfAMessage) {
    std::size_t asked = 0;
    internet.answer = [&](const auto& request) {
        return is_notice(request) ? Internet::status(200) : GetParam().answers.at(asked++);
    };
    say("Hello");
    world.pass(seconds(1));
    world.pass(seconds(6));
    for (const auto& status : GetParam().reports) {
        report(status);
        world.pass(seconds(1));
    }
    EXPECT_EQ(asked, GetParam().answers.size());
    std::vector<std::string> types;
    for (const auto& notice : told()) {
        types.emplace_back(notice.at("eventType").as_string());
        EXPECT_EQ(notice.at("agentResponse"), "Hello");
        EXPECT_TRUE(notice.contains("messageId"));
    }
    EXPECT_EQ(types, GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    , ToldOfSending,
    testing::ValuesIn(std::vector<Fate>{
        {.name = "Read",
         .answers = {taken()},
         .reports = {R"("status":"delivered")", R"("status":"read")"},
         .told = {"AGENT_MESSAGE_SENDED"}},
        {.name = "TakenAtTheSecondAttempt",
         .answers = {refused(429, R"({"error":{"message":"Rate limit hit","code":130429}})"), taken()},
         .reports = {},
         .told = {"AGENT_MESSAGE_SENDED"}},
        {.name = "Refused",
         .answers = {refused(400, R"({"error":{"message":"Message undeliverable","code":131026}})")},
         .reports = {},
         .told = {}},
        {.name = "Blocked", .answers = {refused(400, window_closed)}, .reports = {}, .told = {"AGENT_MESSAGE_BLOCKED"}},
        {.name = "Uncertain", .answers = {Internet::silence()}, .reports = {}, .told = {}},
        {.name = "UncertainThenRead",
         .answers = {Internet::silence()},
         .reports = {R"("status":"delivered")", R"("status":"read")"},
         .told = {"AGENT_MESSAGE_SENDED"}},
        {.name = "TakenThenBlocked",
         .answers = {taken()},
         .reports = {std::string(reported_closed)},
         .told = {"AGENT_MESSAGE_SENDED", "AGENT_MESSAGE_BLOCKED"}},
        {.name = "SentAndBlockedInOneReport",
         .answers = {Internet::silence()},
         .reports = {R"("status":"sent"},{"id":"wamid.late",)" + std::string(reported_closed)},
         .told = {"AGENT_MESSAGE_BLOCKED"}},
    }),
    [](const auto& info) { return info.param.name; });

// The end user shows a picture; how the provider answers when it is asked for it.
class ToldOfFiles : public Told {
protected:
    void show(std::vector<int> statuses) {
        internet.answer = [statuses = std::move(statuses), asked = 0U](const auto& request) mutable {
            if (request.url == "https://files.example/1") return Internet::status(200, {}, "\x89PNG\r\n\x1A\n");
            if (is_notice(request)) return Internet::status(200);
            return Internet::status(statuses.at(asked++), {}, R"({"url":"https://files.example/1"})");
        };
        std::ifstream file("src/channels/whatsapp/fixtures/image.json");
        deliver({std::istreambuf_iterator<char>(file), {}});
    }
    // The only notice of the picture; empty when there is none.
    boost::json::object only() {
        const auto notices = told();
        EXPECT_LE(notices.size(), 1U);
        if (notices.empty()) return {};
        EXPECT_EQ(notices[0].at("eventType"), "AGENT_USER_MESSAGE");
        EXPECT_EQ(notices[0].at("userMessage"), "Is this one available?");
        return notices[0];
    }
    // Nothing is told later.
    void expect_told_without_file() {
        world.pass(seconds(1));
        EXPECT_FALSE(only().empty());
        EXPECT_FALSE(only().contains("attachments"));
        world.pass(seconds(27 * 3'600));
        EXPECT_EQ(told().size(), 1U);
    }
};

TEST_F(ToldOfFiles, TheAgentHearsOfAMessageWhenItsFileHasCome) {
    show({500, 200});
    world.pass(seconds(1));
    EXPECT_TRUE(only().empty());
    world.pass(seconds(6));
    world.pass(seconds(1));
    const auto notice = only();
    ASSERT_FALSE(notice.empty());
    const auto& file = notice.at("attachments").at(0);
    const std::string url(file.at("url").as_string());
    EXPECT_EQ(file.at("id").as_string(), url.substr(url.rfind('/') + 1));
    EXPECT_EQ(file.at("mimeType"), "image/png");
    EXPECT_EQ(file.at("size"), 8);
}

TEST_F(ToldOfFiles, TheAgentHearsOfAMessageWhoseFileIsGone) {
    show({404});
    world.run_jobs();
    expect_told_without_file();
}

TEST_F(ToldOfFiles, TheAgentHearsOfAMessageWhoseFileSomebodyGaveUp) {
    show({500});
    world.run_jobs();
    world.good("DELETE", "/jobs/" + world.good("GET", "/jobs").text("0.id"));
    expect_told_without_file();
}

TEST_F(ToldOfFiles, TheAgentHearsOfAMessageWhoseChannelWasRemoved) {
    show({});
    world.good("DELETE", "/agents/" + agent + "/channels/" + channel);
    world.run_jobs();
    expect_told_without_file();
}

}  // namespace
}  // namespace etapa::tests
