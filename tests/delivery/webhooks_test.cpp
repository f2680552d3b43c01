// Webhooks of the organization, from the change to the receiver, with a clock that the test moves.
#include "crm/webhooks/secret.hpp"
#include "support/world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <set>

namespace etapa::tests {
namespace {

constexpr Duration minutes(std::int64_t count) { return seconds(count * 60); }
constexpr Duration hours(std::int64_t count) { return minutes(count * 60); }

class Webhooks : public testing::Test {
protected:
    std::string webhook(std::string_view members = R"("url":"https://hooks.example/in")") {
        const auto made = world.good("POST", "/webhooks", '{' + std::string(members) + '}');
        secret = made.text("secret");
        return made.text("id");
    }

    std::string header(const net::OutboundRequest& request, std::string_view name) {
        for (const auto& [known, value] : request.headers) {
            if (known == name) return value;
        }
        return {};
    }

    boost::json::value payload(std::size_t index) { return boost::json::parse(internet.requests.at(index).body); }
    std::string type(std::size_t index) { return std::string(payload(index).at("type").as_string()); }

    // Everybody is down until the returned switch is set.
    std::shared_ptr<bool> break_down() {
        auto is_up = std::make_shared<bool>(false);
        internet.answer = [is_up](const auto&) { return *is_up ? Internet::status(200) : Internet::status(503); };
        return is_up;
    }

    // The webhook-ids that were taken, in order.
    std::vector<std::string> taken_ids;

    World world;
    Internet& internet = world.internet();
    std::string secret;
};

// R95
TEST_F(Webhooks, AreNotToldAboutADeletedConversationButThatItIsGone) {
    const auto id = webhook();
    const auto is_up = break_down();
    const auto conversation = world.conversation();
    world.conversation();  // another, of which everything is told
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U);
    world.good("DELETE", "/conversations/" + conversation);
    world.run_jobs();
    const auto path = "/webhooks/" + id + "/deliveries";
    std::multiset<std::string> left;
    const auto rows = boost::json::value(world.good("GET", path).json);
    for (const auto& row : rows.as_array()) left.emplace(row.at("type").as_string());
    EXPECT_EQ(left, (std::multiset<std::string>{"conversation.created", "conversation.deleted"}));
    *is_up = true;
    internet.requests.clear();
    world.pass(hours(1));
    std::multiset<std::string> told;
    for (std::size_t index = 0; index < internet.requests.size(); ++index) told.insert(type(index));
    EXPECT_EQ(told, left);
}

// R95
TEST_F(Webhooks, AreTakenBackOnlyWhenNoAttemptIsUnderWay) {
    const auto id = webhook();
    const auto conversation = world.conversation();
    const auto path = "/webhooks/" + id + "/deliveries";
    std::size_t rows_during = 0;
    internet.answer = [&](const auto&) {
        if (internet.requests.size() == 1) {
            world.good("DELETE", "/conversations/" + conversation);
            rows_during = boost::json::value(world.good("GET", path).json).as_array().size();
        }
        return Internet::status(503);
    };
    world.run_jobs();
    EXPECT_GE(rows_during, 1U) << "the attempt had its delivery";
    world.pass(minutes(1));
    world.pass(minutes(1));
    const auto rows = boost::json::value(world.good("GET", path).json);
    ASSERT_EQ(rows.as_array().size(), 1U);
    EXPECT_EQ(rows.at(0).at("type").as_string(), "conversation.deleted");
}

TEST_F(Webhooks, AreToldWhatHappensSigned) {
    webhook();
    const auto conversation = world.conversation();
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 1U);
    const auto& request = internet.requests.front();
    EXPECT_EQ(request.url, "https://hooks.example/in");
    EXPECT_EQ(type(0), "conversation.created");
    EXPECT_EQ(payload(0).at("timestamp").as_string(), "2026-03-01T09:00:00.000Z");
    EXPECT_EQ(payload(0).at("data").at("conversationId").as_string(), conversation);
    const auto timestamp = std::stoll(header(request, "webhook-timestamp"));
    EXPECT_EQ(timestamp, world.clock().now().milliseconds / 1'000);
    EXPECT_EQ(header(request, "webhook-signature"),
              webhooks::signature(secret, header(request, "webhook-id"), timestamp, request.body));
}

TEST_F(Webhooks, AreToldConversationAndStepOfAnEntry) {
    const auto step = world.step(world.scenario(), "New");
    const auto conversation = world.conversation();
    webhook(R"("url":"https://hooks.example/in","events":["step.entered"])");
    world.place(conversation, step);
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(payload(0).at("data").at("conversationId").as_string(), conversation);
    EXPECT_EQ(payload(0).at("data").at("stepId").as_string(), step);
}

TEST_F(Webhooks, HearOnlyWhatTheyAskedForAndNothingFromBefore) {
    world.conversation();
    world.clock().advance(seconds(1));
    webhook(R"("url":"https://hooks.example/in","events":["tag.created"])");
    world.conversation();
    world.run_jobs();
    EXPECT_TRUE(internet.requests.empty());
    world.good("POST", "/tags", R"({"name":"vip"})");
    world.run_jobs();
    EXPECT_EQ(internet.requests.size(), 1U);
}

TEST_F(Webhooks, AreTriedAgainOnScheduleWithTheSameIdAndANewSignature) {
    const auto id = webhook();
    internet.answer = [](const auto&) { return Internet::status(500, {}, "out of order"); };
    world.conversation();
    world.run_jobs();
    std::size_t expected = 1;
    for (const auto wait :
         {seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(14), hours(20), hours(24)}) {
        EXPECT_EQ(internet.requests.size(), expected);
        world.pass({wait.milliseconds - 1});
        EXPECT_EQ(internet.requests.size(), expected) << "too early after attempt " << expected;
        world.pass({wait.milliseconds / 10 + 1});
        ++expected;
    }
    EXPECT_EQ(internet.requests.size(), 10U);
    world.pass(hours(300));
    EXPECT_EQ(internet.requests.size(), 10U);
    std::set<std::string> ids;
    std::set<std::string> signatures;
    for (const auto& request : internet.requests) {
        ids.insert(header(request, "webhook-id"));
        signatures.insert(header(request, "webhook-signature"));
    }
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(signatures.size(), 10U);
    const auto deliveries = world.good("GET", "/webhooks/" + id + "/deliveries");
    EXPECT_EQ(deliveries.text("0.state"), "failed");
    EXPECT_EQ(deliveries.text("0.webhookId"), *ids.begin());
    EXPECT_EQ(deliveries.at("0.attempts").as_array().size(), 10U);
    EXPECT_EQ(deliveries.text("0.attempts.0.answer"), "out of order");
    EXPECT_EQ(deliveries.at("0.attempts.0.status").as_int64(), 500);
}

TEST_F(Webhooks, WaitAsLongAsTheReceiverAsks) {
    webhook();
    internet.answer = [](const auto&) { return Internet::status(429, {{"retry-after", "3600"}}); };
    world.conversation();
    world.run_jobs();
    world.pass(minutes(59));
    EXPECT_EQ(internet.requests.size(), 1U);
    world.pass(minutes(2));
    EXPECT_EQ(internet.requests.size(), 2U);
}

TEST_F(Webhooks, AreProbedNoEarlierThanTheReceiverAsks) {
    const auto id = webhook();
    internet.answer = [](const auto&) { return Internet::status(503, {{"retry-after", "3600"}}); };
    for (int count = 0; count < 20; ++count) world.conversation();
    world.run_jobs();
    ASSERT_EQ(world.good("GET", "/webhooks/" + id).text("state"), "paused");
    world.pass(minutes(6));
    EXPECT_EQ(internet.requests.size(), 21U);
    world.pass(minutes(59));
    EXPECT_EQ(internet.requests.size(), 21U);
    world.pass(minutes(2));
    EXPECT_EQ(internet.requests.size(), 22U);
}

TEST_F(Webhooks, AreToldWhatWaitsOnceTheirAddressIsMended) {
    const auto id = webhook();
    const auto is_up = break_down();
    world.conversation();
    world.run_jobs();
    world.pass(seconds(6));
    *is_up = true;
    world.good("PATCH", "/webhooks/" + id, R"({"url":"https://mended.example/in"})");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 3U);
    EXPECT_EQ(internet.requests.back().url, "https://mended.example/in");
}

TEST_F(Webhooks, EndWhenTheReceiverIsGone) {
    const auto id = webhook();
    internet.answer = [](const auto&) { return Internet::status(410); };
    world.conversation();
    world.run_jobs();
    world.conversation();
    world.pass(hours(100));
    EXPECT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(world.good("GET", "/webhooks/" + id).text("state"), "disabled");
    EXPECT_EQ(world.good("GET", "/webhooks/" + id + "/deliveries").text("0.state"), "failed");
    const auto told = world.new_events();
    EXPECT_NE(std::ranges::find(told, "webhook.disabled"), told.end());
    world.good("PATCH", "/webhooks/" + id, R"({"state":"active"})");
    world.conversation();
    world.run_jobs();
    EXPECT_EQ(internet.requests.size(), 2U);
}

TEST_F(Webhooks, KeepTheOrderOfEachConversationAndHoldUpNoOther) {
    webhook();
    const auto first = world.conversation();
    const auto second = world.conversation();
    world.run_jobs();
    internet.requests.clear();
    internet.answer = [&](const net::OutboundRequest& request) {
        return Internet::status(request.body.find(first) == std::string::npos ? 200 : 500);
    };
    for (const auto* status : {"RESOLVED", "UNRESOLVED", "HUMAN_REQUESTED"}) {
        for (const auto& conversation : {first, second}) {
            world.good("POST", "/conversations/" + conversation + "/set-status",
                       R"({"status":")" + std::string(status) + R"("})");
        }
        world.run_jobs();
    }
    ASSERT_EQ(internet.requests.size(), 4U);  // one of the first waits for its retry, the rest behind it
    internet.answer = [](const auto&) { return Internet::status(200); };
    internet.requests.clear();
    world.pass(seconds(6));
    ASSERT_EQ(internet.requests.size(), 3U);
    const std::vector<std::string> statuses{"RESOLVED", "UNRESOLVED", "HUMAN_REQUESTED"};
    for (std::size_t index = 0; index < statuses.size(); ++index) {
        EXPECT_EQ(payload(index).at("data").at("to").at("status").as_string(), statuses[index]);
    }
}

// What happens to a conversation in one of the half hours of a day: nothing much, but of every kind.
void stir(World& world, const std::string& conversation, const std::array<std::string, 2>& steps, int turn) {
    const auto number = std::to_string(turn);
    switch (turn % 4) {
        case 0:
            world.good("POST", "/conversations/" + conversation + "/message-register",
                       R"({"message":"Hello )" + number + R"("})");
            return;
        case 1: return world.move(conversation, steps[1]);
        case 2: return world.move(conversation, steps[0]);
        default: world.good("PATCH", "/conversations/" + conversation, R"({"title":"T)" + number + R"("})");
    }
}

// The receiver is down for a day: every event arrives after it, in order in each conversation, none twice.
TEST_F(Webhooks, LoseNothingWhenTheReceiverIsDownForADay) {
    constexpr int half_hours = 48;
    constexpr int conversations = 40;
    const auto sales = world.scenario();
    const std::array steps{world.step(sales, "Fresh"), world.step(sales, "Talk")};
    const auto id = webhook();
    const auto is_up = std::make_shared<bool>(false);
    std::map<std::string, std::vector<std::int64_t>> taken;  // of each conversation, the numbers of its events
    std::set<std::string> ids;
    internet.answer = [&, is_up](const net::OutboundRequest& request) {
        if (!*is_up) return Internet::silence();
        const auto data = boost::json::parse(request.body).at("data");
        const auto& conversation = data.at("conversationId");
        const auto webhook_id = header(request, "webhook-id");
        EXPECT_TRUE(ids.insert(webhook_id).second) << webhook_id << " came twice";
        taken[conversation.is_string() ? std::string(conversation.as_string()) : "none"].push_back(
            std::stoll(webhook_id.substr(webhook_id.find('_') + 1)));
        return Internet::status(204);
    };
    std::vector<std::string> all;
    for (int count = 0; count < conversations; ++count) {
        all.push_back(world.conversation());
        world.place(all.back(), steps[0]);
    }
    for (int turn = 0; turn < half_hours; ++turn) {
        for (std::size_t index = 0; index < all.size(); ++index) {
            // A third of them at a time, so that some are behind others in their rhythm.
            if ((turn + static_cast<int>(index)) % 3 == 0) stir(world, all[index], steps, turn / 3);
        }
        world.pass(minutes(30));
    }
    EXPECT_EQ(world.good("GET", "/webhooks/" + id).text("state"), "paused");
    EXPECT_TRUE(taken.empty());
    auto stored = [](ReadTx& tx) {
        return tx.all<std::string>(
            "SELECT 'msg_' || sequence FROM event WHERE organization_id = $1 AND kind NOT LIKE 'webhook.%'"
            " AND created_at >= (SELECT created_at FROM webhook WHERE organization_id = $1)"
            " AND kind NOT LIKE 'scenario.%' AND kind NOT LIKE 'step.created%'",
            tx.organization());
    };
    const auto wanted = world.database().read_now(world.caller(), stored);
    ASSERT_GE(wanted.size(), static_cast<std::size_t>(conversations) * 18);

    *is_up = true;
    world.pass(minutes(6));
    for (const auto& one : wanted) EXPECT_TRUE(ids.contains(one)) << one << " is lost";
    for (const auto& conversation : all) EXPECT_TRUE(taken.contains(conversation)) << conversation;
    for (const auto& [conversation, numbers] : taken) {
        EXPECT_TRUE(conversation == "none" || std::ranges::is_sorted(numbers)) << conversation;
    }
    EXPECT_EQ(world.good("GET", "/webhooks/" + id).text("state"), "active");
    const auto told = world.new_events();
    EXPECT_EQ(std::ranges::count(told, "webhook.paused"), 1);
    EXPECT_EQ(std::ranges::count(told, "webhook.resumed"), 1);
    std::cout << "figure: after a day without its receiver, a webhook is told " << ids.size() << " events of "
              << all.size() << " conversations, each once and in order\n";
}

TEST_F(Webhooks, SurviveARestart) {
    webhook();
    const auto is_up = break_down();
    world.conversation();
    world.run_jobs();
    world.conversation();
    world.stop();
    world.start();
    *is_up = true;
    world.pass(seconds(6));
    EXPECT_EQ(internet.requests.size(), 3U);
}

TEST_F(Webhooks, SendADeliveryAgainUnderItsId) {
    const auto id = webhook();
    world.conversation();
    world.run_jobs();
    const auto delivery = world.good("GET", "/webhooks/" + id + "/deliveries").text("0.id");
    world.good("POST", "/webhooks/" + id + "/deliveries/" + delivery + "/resend");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(header(internet.requests[0], "webhook-id"), header(internet.requests[1], "webhook-id"));
}

TEST_F(Webhooks, ShowTheirSecretOnlyWhenItIsNew) {
    const auto id = webhook();
    const auto first = secret;
    EXPECT_EQ(world.good("GET", "/webhooks/" + id).body.find(first), std::string::npos);
    EXPECT_EQ(world.good("GET", "/webhooks").body.find(first), std::string::npos);
    EXPECT_EQ(world.good("GET", "/events?limit=1000").body.find(first), std::string::npos);
    const auto second = world.good("POST", "/webhooks/" + id + "/rotate").text("secret");
    EXPECT_NE(first, second);
    world.good("POST", "/webhooks/" + id + "/test");
    world.run_jobs();
    const auto& request = internet.requests.front();
    EXPECT_EQ(type(0), "webhook.test");
    EXPECT_EQ(header(request, "webhook-signature"),
              webhooks::signature(second, header(request, "webhook-id"),
                                  std::stoll(header(request, "webhook-timestamp")), request.body));
}

TEST_F(Webhooks, RefuseAddressesThatAreNotPublic) {
    for (const auto* url : {"http://127.0.0.1/", "http://localhost:9/", "https://10.0.0.1/", "ftp://hooks.example/",
                            "x", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/"}) {
        const auto answer = world.call("POST", "/webhooks", R"({"url":")" + std::string(url) + R"("})");
        EXPECT_EQ(answer.status, 400) << url;
        EXPECT_EQ(answer.bad_fields(), std::vector<std::string>{"url"}) << url;
    }
}

TEST_F(Webhooks, ForgetWhatWaitsWhenTheyAreDeleted) {
    const auto id = webhook();
    break_down();
    world.conversation();
    world.run_jobs();
    world.good("DELETE", "/webhooks/" + id);
    world.pass(hours(1));
    EXPECT_EQ(internet.requests.size(), 1U);
    EXPECT_TRUE(world.good("GET", "/jobs").json.as_array().empty());
}

}  // namespace
}  // namespace etapa::tests
