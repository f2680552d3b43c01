// Two nodes on one database, whose clocks differ.
#include "crm/webhooks/store.hpp"
#include "flow/deliver.hpp"
#include "flow/enter.hpp"
#include "flow/fan_out.hpp"
#include "support/node.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <tuple>

namespace etapa::tests {
namespace {

using Span = std::tuple<std::int64_t, std::int64_t>;

// Beginnings and ends of the stays in the order of their entries; 0 for the one that lasts.
std::vector<Span> stays_of(World& world) {
    auto body = [](ReadTx& tx) {
        return tx.all<Span>(
            "SELECT created_at, coalesce(ended_at, 0) FROM stay WHERE organization_id = $1"
            " ORDER BY entry_seq",
            tx.organization());
    };
    return world.database().read_now(world.caller(), body);
}

class Clocks : public testing::Test {
protected:
    void enter(Node& node, const std::string& step) {
        node.write(world.caller(), [&](WriteTx& tx) {
            const flow::Entry entry{
                .conversation = ConversationId{conversation}, .target = StepId{step}, .cause = Cause::api_move};
            const auto entered = flow::enter(tx, std::array{entry});
            EXPECT_EQ(entered.front().outcome, flow::Entered::Outcome::entered);
        });
    }

    void expect_order(std::size_t wanted) {
        const auto stays = stays_of(world);
        ASSERT_EQ(stays.size(), wanted);
        for (std::size_t index = 0; index < stays.size(); ++index) {
            const auto [begun, ended] = stays[index];
            const auto before = index == 0 ? 0 : std::get<1>(stays[index - 1]);
            EXPECT_TRUE(ended == 0 || begun <= ended) << index;
            EXPECT_GE(begun, before) << index;
        }
    }

    World world;
    std::string sales = world.scenario();
    std::string care = world.scenario("Care");
    std::string first = world.step(sales, "First");
    std::string second = world.step(sales, "Second");
    std::string elsewhere = world.step(care, "Elsewhere");
    std::string out = world.step(care, "Out", R"("isConversationRemovalStep":true)");
    std::string conversation = world.conversation();
    Node ahead{world, seconds(30)};
    Node behind{world, seconds(-30)};
};

TEST_F(Clocks, ThatDifferBeginNoStayBeforeItsPredecessorEnded) {
    for (const auto& [node, step] : {std::pair(&behind, first),
                                     {&ahead, second},
                                     {&behind, first},
                                     {&ahead, elsewhere},
                                     {&behind, second},
                                     {&ahead, out},
                                     {&behind, first}}) {
        enter(*node, step);
    }
    expect_order(7);
}

TEST_F(Clocks, ThatAreBehindEndNoStayBeforeItBegan) {
    enter(ahead, first);
    world.good("DELETE", "/crm/scenario/" + sales);
    world.run_jobs();
    expect_order(1);
    EXPECT_NE(std::get<1>(stays_of(world).front()), 0);
}

// A webhook that takes deliveries again while another node, which still knows it as paused, makes some.
TEST(PostgresCatchUp, MissesNothingThatIsJustBeingMade) {
    World world;
    Node other{world, {}};
    const WebhookId id{world.good("POST", "/webhooks", R"({"url":"https://hooks.example/in"})").text("id")};
    auto become = [&](WebhookState state) {
        other.write(world.caller(), [&](WriteTx& tx) {
            Webhook webhook = webhooks::lock(tx, id);
            webhook.state = state;
            webhooks::save(tx, webhook);
        });
    };
    become(WebhookState::paused);
    world.conversation();
    std::atomic<bool> is_over = false;
    std::thread resuming;
    auto make_deliveries = [&](WriteTx& tx) {
        flow::fan_out(tx);
        resuming = std::thread([&] {
            become(WebhookState::active);
            Job job;
            job.payload = {R"({"webhookId":")" + id.value + R"(","after":""})"};
            other.write(world.caller(), [&](WriteTx& their) { flow::catch_up(their, job); });
            is_over = true;
        });
        std::int64_t waiting = 0;
        while (waiting == 0 && !is_over) {
            waiting = tx.one<std::int64_t>(
                "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))");
        }
    };
    world.database().write_now(world.caller(), make_deliveries);
    resuming.join();
    world.run_jobs();
    EXPECT_EQ(world.internet().requests.size(), 1U);
}

}  // namespace
}  // namespace etapa::tests
