// Two nodes on one database, whose clocks differ.
#include "crm/webhooks/store.hpp"
#include "flow/deliver.hpp"
#include "flow/enter.hpp"
#include "flow/fan_out.hpp"
#include "support/node.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace etapa::tests {
namespace {

struct Span {
    std::int64_t entry_seq = 0;
    std::string begun;
    std::string ended;  // empty: it lasts
};

// The stays of a conversation as the API lists them, the oldest first.
std::vector<Span> stays_of(World& world, const std::string& conversation) {
    const auto listed = world.good("GET", "/crm/conversationLog?limit=100&conversationId=" + conversation).at("data");
    std::vector<Span> stays;
    for (const auto& one : listed.as_array()) {
        const auto& ended = one.at("endedAt");
        stays.push_back({one.at("entrySeq").as_int64(), std::string(one.at("createdAt").as_string()),
                         ended.is_null() ? "" : std::string(ended.as_string())});
    }
    std::ranges::reverse(stays);
    return stays;
}

class Clocks : public testing::Test {
protected:
    void enter(Node& node, const std::string& step) {
        auto body = [&](WriteTx& tx) {
            const flow::Entry entry{
                .conversation = ConversationId{conversation}, .target = StepId{step}, .cause = Cause::api_move};
            const auto entered = flow::enter(tx, std::array{entry});
            EXPECT_EQ(entered.front().outcome, flow::Entered::Outcome::entered);
        };
        node.database.write_now(world.caller(), body);
    }

    void expect_order(std::size_t wanted) {
        const auto stays = stays_of(world, conversation);
        ASSERT_EQ(stays.size(), wanted);
        for (std::size_t index = 0; index < stays.size(); ++index) {
            const auto& [entry_seq, begun, ended] = stays[index];
            EXPECT_EQ(entry_seq, static_cast<std::int64_t>(index) + 1);
            EXPECT_TRUE(ended.empty() || begun <= ended) << index;
            EXPECT_GE(begun, index == 0 ? "" : stays[index - 1].ended) << index;
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
    EXPECT_NE(stays_of(world, conversation).front().ended, "");
}

// A webhook that takes deliveries again while another node, which still knows it as paused, makes some.
TEST(PostgresCatchUp, MissesNothingThatIsJustBeingMade) {
    World world;
    Node other{world, {}};
    const WebhookId id{world.good("POST", "/webhooks", R"({"url":"https://hooks.example/in"})").text("id")};
    auto become = [&](WebhookState state) {
        auto body = [&](WriteTx& tx) {
            Webhook webhook = webhooks::lock(tx, id);
            webhook.state = state;
            webhooks::save(tx, webhook);
        };
        other.database.write_now(world.caller(), body);
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
            auto catch_up = [&](WriteTx& their) { flow::catch_up(their, job); };
            other.database.write_now(world.caller(), catch_up);
            is_over = true;
        });
        std::int64_t waiting = 0;
        while (waiting == 0 && !is_over) {
            waiting = tx.one<std::int64_t>(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))");
        }
    };
    world.database().write_now(world.caller(), make_deliveries);
    resuming.join();
    world.run_jobs();
    EXPECT_EQ(world.internet().requests.size(), 1U);
}

}  // namespace
}  // namespace etapa::tests
