// What is kept goes when its time is over, and whoever misses it is told.
#include "crm/events/retention.hpp"

#include "support/world.hpp"

#include <gtest/gtest.h>

namespace etapa::tests {
namespace {

constexpr Duration days(std::int64_t count) { return seconds(count * 86'400); }

class Retained : public testing::Test {
protected:
    std::int64_t count(Sql query) {
        auto rows = [&](ReadTx& tx) { return tx.one<std::int64_t>(query, world.organization()); };
        return world.database().read_now(world.caller(), rows);
    }
    // On PostgreSQL the transactions of other tests may hold events back.
    std::size_t events_shown(std::string_view after) {
        return world.good("GET", "/events?limit=1000" + std::string(after)).at("data").get_array().size();
    }

    World world;
};

TEST_F(Retained, EventsGoAfterTheirTimeButTheLatest) {
    constexpr int many = 250;  // more than one batch
    auto publish = [](WriteTx& tx) {
        for (int number = 0; number < many; ++number)
            events::publish(tx, "thing.changed", std::to_string(number), {}, {});
    };
    world.database().write_now(world.caller(), publish);
    while (events_shown("") < many) continue;
    const auto early = world.good("GET", "/events?limit=1").text("cursor");
    const auto latest = world.good("GET", "/events?limit=1000").text("cursor");
    world.pass(days(89));
    EXPECT_GE(events_shown(""), many);
    world.pass(days(2));
    EXPECT_EQ(count("SELECT count(*) FROM event WHERE organization_id = $1"), 1);

    const auto refused = world.call("GET", "/events?after=" + early);
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.text("fields.0.message").find("before the events that are kept"), std::string::npos)
        << refused.body;
    auto stream = World::request(world.key(), "GET", "/events/stream");
    stream.headers.emplace_back("last-event-id", early);
    EXPECT_EQ(world.send(stream).status, 400);

    // Who has read everything misses nothing.
    EXPECT_EQ(events_shown("&after=" + latest), 0U);
    world.scenario();
    while (events_shown("&after=" + latest) == 0) continue;
}

TEST_F(Retained, EventsThatWebhooksHaveNotHeardStay) {
    world.good("POST", "/webhooks", R"({"url":"https://receiver.example/hook"})");
    world.scenario();
    const auto before = count("SELECT count(*) FROM event WHERE organization_id = $1");
    auto erase = [&](WriteTx& tx) { return events::erase_older(tx, tx.now() + days(1), 1'000); };
    const auto gone = world.database().write_now(world.caller(), erase);
    EXPECT_EQ(count("SELECT count(*) FROM event WHERE organization_id = $1"), before - gone);
    EXPECT_GE(count("SELECT count(*) FROM event WHERE organization_id = $1 AND kind = 'scenario.created'"), 1);
    EXPECT_GE(count("SELECT count(*) FROM event WHERE organization_id = $1"), 2) << "more than the latest";
}

TEST_F(Retained, AnswersJobsAndDeliveriesGoAfterTheirTime) {
    auto request = World::request(world.key(), "POST", "/crm/scenario", R"({"name":"Once"})");
    request.headers.emplace_back("idempotency-key", "once");
    EXPECT_EQ(world.send(request).status, 201);
    auto leave = [](WriteTx& tx) {
        tx.run(
            "INSERT INTO job (organization_id, id, kind, key, state, due_at, attempts, payload, cause, created_at)"
            " VALUES ($1, 'job', 'timer.fire', 'job', 'failed', $2, 5, '{}', '', $2)",
            tx.organization(), tx.now());
        tx.run(
            "INSERT INTO delivery (organization_id, id, source, source_id, lane, webhook_id, kind, payload, state,"
            " failed_attempts, attempts, created_at) VALUES ($1, 'done', 'endpoint', 'x', 'x', 'x', 'x', '{}',"
            " 'delivered', 0, '[]', $2), ($1, 'waits', 'endpoint', 'x', 'x', 'y', 'x', '{}', 'pending', 0, '[]', $2)",
            tx.organization(), tx.now());
    };
    world.database().write_now(world.caller(), leave);
    const auto counts = [&] {
        return std::vector{count("SELECT count(*) FROM idempotency WHERE organization_id = $1"),
                           count("SELECT count(*) FROM delivery WHERE organization_id = $1"),
                           count("SELECT count(*) FROM job WHERE organization_id = $1 AND state = 'failed'")};
    };
    using Counts = std::vector<std::int64_t>;
    world.pass(seconds(23 * 3'600));
    EXPECT_EQ(counts(), (Counts{1, 2, 1}));
    world.pass(seconds(2 * 3'600));
    EXPECT_EQ(counts(), (Counts{0, 2, 1}));
    world.pass(days(30));
    EXPECT_EQ(counts(), (Counts{0, 1, 1})) << "what waits stays";
    world.pass(days(60));
    EXPECT_EQ(counts(), (Counts{0, 1, 0}));
}

}  // namespace
}  // namespace etapa::tests
