// What people ask of a webhook: to be told again, and to be tested.
#include "crm/events/store.hpp"
#include "support/node.hpp"

#include <gtest/gtest.h>

#include <set>

namespace etapa::tests {
namespace {

constexpr Duration minutes(std::int64_t count) { return seconds(count * 60); }

class WebhookRequests : public testing::Test {
protected:
    std::string webhook(std::string_view members = R"("url":"https://hooks.example/in")") {
        return world.good("POST", "/webhooks", '{' + std::string(members) + '}').text("id");
    }

    std::string header(const net::OutboundRequest& request, std::string_view name) {
        for (const auto& [known, value] : request.headers) {
            if (known == name) return value;
        }
        return {};
    }

    World world;
    Internet& internet = world.internet();
};

TEST_F(WebhookRequests, TellATimeAgainInOrderAndUnderTheSameIds) {
    const auto id = webhook(R"("url":"https://hooks.example/in","events":["conversation.created"])");
    std::vector<std::string> made;
    for (int count = 0; count < 4; ++count) {
        world.clock().advance(minutes(1));
        made.push_back(world.conversation());
    }
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 4U);
    const auto replay = R"({"from":"2026-03-01T09:02:00.000Z","to":"2026-03-01T09:03:00.000Z"})";
    world.good("POST", "/webhooks/" + id + "/replay", replay);
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 6U);
    for (const std::size_t index : {1U, 2U}) {
        EXPECT_EQ(internet.requests[index].body, internet.requests[index + 3].body);
        EXPECT_EQ(header(internet.requests[index], "webhook-id"), header(internet.requests[index + 3], "webhook-id"));
    }
}

TEST_F(WebhookRequests, TellTwoTimesAgainThatWereAskedForTogether) {
    const auto id = webhook(R"("url":"https://hooks.example/in","events":["conversation.created"])");
    for (int count = 0; count < 4; ++count) {
        world.clock().advance(minutes(1));
        world.conversation();
    }
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 4U);
    for (const auto* span : {R"({"from":"2026-03-01T09:01:00.000Z","to":"2026-03-01T09:01:00.000Z"})",
                             R"({"from":"2026-03-01T09:03:00.000Z","to":"2026-03-01T09:04:00.000Z"})"}) {
        world.good("POST", "/webhooks/" + id + "/replay", span);
    }
    world.run_jobs();
    std::multiset<std::string> ids;
    for (const auto& request : internet.requests) ids.insert(header(request, "webhook-id"));
    ASSERT_EQ(ids.size(), 7U);
    for (const std::size_t index : {0U, 2U, 3U}) {
        EXPECT_EQ(ids.count(header(internet.requests[index], "webhook-id")), 2U) << index;
    }
}

// As those of several nodes are dated, whose clocks differ.
TEST_F(WebhookRequests, TellATimeAgainThoughItsEventsAreDatedOutOfOrder) {
    world.clock().advance(*parse_time("2026-03-01T09:10:00.000Z") - world.clock().now());
    Node behind(world, seconds(-30));
    Node ahead(world, seconds(20));
    auto publish = [&](Database& node, const std::string& name, int many) {
        auto store = [&](WriteTx& tx) {
            for (int number = 0; number < many; ++number) {
                events::publish(tx, "thing.changed", name + std::to_string(number), {}, {});
            }
        };
        node.write_now(world.caller(), store);
    };
    publish(world.database(), "first", 1);
    publish(behind.database, "early", 100);
    publish(ahead.database, "late", 100);
    publish(world.database(), "last", 1);
    // On PostgreSQL the transactions of other tests may hold events back.
    while (!world.good("GET", "/events?limit=1000").body.contains("last0")) continue;
    const auto id = webhook();
    const auto replay = R"({"from":"2026-03-01T09:09:50.000Z","to":"2026-03-01T09:10:10.000Z"})";
    world.good("POST", "/webhooks/" + id + "/replay", replay);
    world.run_jobs();
    std::set<std::string> told;
    for (const auto& request : internet.requests) {
        const auto type = request.body.find("thing.changed");
        if (type != std::string::npos) told.insert(request.body.contains("first0") ? "first" : request.body);
    }
    EXPECT_EQ(told.size(), 2U);
    EXPECT_TRUE(told.contains("first"));
}

// What was asked for waits for a paused endpoint as long as what is new.
TEST_F(WebhookRequests, SendAgainToAPausedOneWhatIsOld) {
    const auto id = webhook();
    world.conversation();
    world.run_jobs();
    const auto path = "/webhooks/" + id + "/deliveries";
    const auto old = world.good("GET", path).text("0.id");
    world.clock().advance(minutes(6'000));
    internet.answer = [](const auto&) { return Internet::status(503); };
    for (int count = 0; count < 20; ++count) world.conversation();
    world.run_jobs();
    ASSERT_EQ(world.good("GET", "/webhooks/" + id).text("state"), "paused");
    world.good("POST", path + '/' + old + "/resend");
    world.pass(minutes(6));
    EXPECT_EQ(world.good("GET", path).text("20.state"), "pending");
    internet.answer = [](const auto&) { return Internet::status(200); };
    world.pass(minutes(6));
    EXPECT_EQ(world.good("GET", path).text("20.id"), old);
    EXPECT_EQ(world.good("GET", path).text("20.state"), "delivered");
}

TEST_F(WebhookRequests, TellNothingAgainWhileTheyAreDisabled) {
    const auto id = webhook();
    world.conversation();
    world.run_jobs();
    const auto path = "/webhooks/" + id;
    const auto delivery = world.good("GET", path + "/deliveries").text("0.id");
    world.good("PATCH", path, R"({"state":"disabled"})");
    const auto span = R"({"from":"2026-03-01T09:00:00.000Z","to":"2026-03-01T09:03:00.000Z"})";
    const auto answer = world.call("POST", path + "/replay", span);
    EXPECT_EQ(answer.status, 409);
    EXPECT_NE(answer.body.find("The webhook is disabled"), std::string::npos) << answer.body;
    EXPECT_EQ(world.call("POST", path + "/deliveries/" + delivery + "/resend").status, 409);
    EXPECT_EQ(world.good("GET", path + "/deliveries").text("0.state"), "delivered");
}

// Who has mended a receiver sees so at once.
TEST_F(WebhookRequests, SendATestAtOnceWhateverBecameOfTheOneBefore) {
    const auto id = webhook();
    internet.answer = [](const auto&) { return Internet::status(503); };
    world.good("POST", "/webhooks/" + id + "/test");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 1U);
    internet.answer = [](const auto&) { return Internet::status(200); };
    const auto second = world.good("POST", "/webhooks/" + id + "/test").text("webhookId");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(header(internet.requests[1], "webhook-id"), second);
}

}  // namespace
}  // namespace etapa::tests
