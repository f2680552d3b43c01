// What the runner owes to everybody else while there is much of one thing to do.
#include "crm/events/store.hpp"
#include "crm/jobs/store.hpp"
#include "support/node.hpp"
#include "work/expiry.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace etapa::tests {
namespace {

// Moves the world's clock with every look at it, as if all work took its time.
class BusyClock final : public Clock {
public:
    explicit BusyClock(ManualClock& clock) : clock_(clock) {}
    [[nodiscard]] Time now() const override {
        constexpr Duration between_looks = {300};
        clock_.advance(between_looks);
        return clock_.now();
    }
    void wait(Bell& bell, std::optional<Time> until) override { clock_.wait(bell, until); }
    void follow(Duration) override {}

private:
    ManualClock& clock_;
};

// A node beside the world's whose runner is slow, and whose attempts have a thread of their own.
class SlowNode {
public:
    explicit SlowNode(World& world)
        : busy_(world.clock()),
          env_{world.clock(), Log::silent(), metrics_, random_},
          slow_env_{busy_, Log::silent(), metrics_, random_},
          alarm_(world.clock()),
          courier(env_, world.internet(), with_secrets(world)),
          database(env_, Node::settings(world), alarm_),
          runner(slow_env_, database, alarm_, courier, {}) {
        courier.start();
    }

private:
    static work::CourierSettings with_secrets(World& world) {
        work::CourierSettings settings;
        settings.providers.vault = &world.vault();
        return settings;
    }
    BusyClock busy_;
    Metrics metrics_;
    SeededRandom random_{2};
    Env env_;
    Env slow_env_;
    Alarm alarm_;

public:
    work::Courier courier;
    Database database;
    work::Runner runner;
};

TEST(Rounds, ExtendTheLeasesOfAttemptsHoweverMuchElseIsDue) {
    World world;
    SlowNode node(world);
    std::promise<void> answered;
    world.internet().answer = [wait = answered.get_future().share()](const auto&) {
        wait.wait();
        return Internet::status(200);
    };
    world.good("POST", "/webhooks", R"({"url":"https://hooks.example/in"})");
    world.conversation();
    while (node.courier.under_way().empty()) node.runner.run_due();

    auto backlog = [](WriteTx& tx) {
        for (int number = 0; number < 3'000; ++number) {
            jobs::schedule(tx, "deletion.finish", "deletion:tag:" + std::to_string(number), tx.now(),
                           {R"({"noun":"tag","id":"nothing"})"});
        }
    };
    node.database.write_now(world.caller(), backlog);
    const Time before = world.clock().now();
    node.runner.run_due();
    EXPECT_GT(world.clock().now() - before, seconds(30)) << "longer than a lease";
    auto inside = [](ReadTx& tx) { return jobs::organizations_due(tx, jobs::Where::inside); };
    EXPECT_TRUE(node.database.read_now({}, inside).empty());
    auto outside = [](ReadTx& tx) { return jobs::organizations_due(tx, jobs::Where::outside); };
    EXPECT_TRUE(node.database.read_now({}, outside).empty()) << "the lease has run out";

    answered.set_value();
    node.runner.stop();
    EXPECT_EQ(world.internet().requests.size(), 1U);
}

// Attempts that nobody runs are under way for ever, as those at a provider that hangs.
TEST(Places, AreNotAllTakenByOneKind) {
    World world;
    const auto job_of = [](std::string_view kind, int number) {
        Job job;
        job.id = JobId{std::string(kind) + std::to_string(number)};
        job.kind = kind;
        job.target = "one:" + job.id.value;
        return job;
    };
    Metrics metrics;
    SeededRandom random{2};
    work::Courier courier(Env{world.clock(), Log::silent(), metrics, random}, world.internet(), {});
    Alarm alarm(world.clock());
    EXPECT_TRUE(courier.busy().empty());
    int number = 0;
    for (; courier.without_place({job_of("message.send", number)}).empty(); ++number) {
        ASSERT_LT(number, 64) << "all places are of one kind";
        courier.take(world.database(), alarm, {world.caller(), job_of("message.send", number), "attempt"});
    }
    EXPECT_GE(number, 32);
    EXPECT_EQ(courier.busy(), (jobs::Busy{.kinds = {"message.send"}}));
    const std::vector both{job_of("message.send", number), job_of("webhook.deliver", 0)};
    EXPECT_EQ(courier.without_place(both), std::vector{both[0].id});
}

TEST(Rounds, EraseOneBatchAtATime) {
    constexpr int many = 500;
    World world;
    auto publish = [](WriteTx& tx) {
        for (int number = 0; number < many; ++number) {
            events::publish(tx, "thing.changed", std::to_string(number), {}, {});
        }
    };
    world.database().write_now(world.caller(), publish);
    // On PostgreSQL the transactions of other tests may hold events back.
    while (world.good("GET", "/events?limit=1000").at("data").get_array().size() < many) continue;
    world.clock().advance(seconds(91LL * 86'400));
    auto count = [](ReadTx& tx) {
        return tx.one<std::int64_t>("SELECT count(*) FROM event WHERE organization_id = $1", tx.organization());
    };
    const auto stored = world.database().read_now(world.caller(), count);
    Metrics metrics;
    SeededRandom random{2};
    work::Expiry expiry(Env{world.clock(), Log::silent(), metrics, random}, world.database(),
                        {.events = seconds(90LL * 86'400)});
    EXPECT_TRUE(expiry.run_batch());
    const auto left = world.database().read_now(world.caller(), count);
    EXPECT_LT(left, stored);
    EXPECT_GT(left, stored / 2);
    while (expiry.run_batch()) continue;
    EXPECT_EQ(world.database().read_now(world.caller(), count), 1) << "the latest stays";
    EXPECT_FALSE(expiry.run_batch()) << "for some minutes";
}

}  // namespace
}  // namespace etapa::tests
