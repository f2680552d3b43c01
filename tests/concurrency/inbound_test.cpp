// A storm of first messages: whatever the order, however often each is delivered, a thread is one conversation, and a
// message is stored once (R113).
#include "flow/receive.hpp"
#include "support/invariants.hpp"
#include "support/run.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>

namespace etapa::tests {
namespace {

constexpr int messages_each = 5;
constexpr int deliveries_each = 2;

int contacts_wanted() { return is_long() ? 10'000 : 200; }

flow::Inbound delivery(const AgentId& agent, int contact, int message) {
    const auto who = "55119" + std::to_string(10'000'000 + contact);
    flow::Inbound inbound;
    inbound.channel = Channel::whatsapp;
    inbound.agent = agent;
    inbound.thread = Thread{"a connection", who};
    inbound.external_id = "wamid." + who + '.' + std::to_string(message);
    inbound.end_user.phone_number = ShortText{who};
    inbound.text = "message " + std::to_string(message) + (message == messages_each - 1 ? ", and the price" : "");
    return inbound;
}

std::vector<int> shuffled(int count, Random& random) {
    std::vector<int> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[random.below(left)]);
    return order;
}

std::int64_t count(World& world, Sql sql) {
    auto body = [&](ReadTx& tx) { return tx.one<std::int64_t>(sql, tx.organization()); };
    return world.database().read_now(world.caller(), body);
}

TEST(Inbound, AStormOfMessagesDeliveredTwiceSplitsNoConversation) {
    World world;
    const auto sales = world.scenario();
    world.step(sales, "Fresh");
    world.step(sales, "Price", R"("trigger":"price")");
    const AgentId agent{world.good("POST", "/agents", R"({"name":"Bot"})").text("id")};
    world.good("POST", "/agents/" + agent.value + "/crm-config", R"({"scenarioId":")" + sales + R"("})");

    const int contacts = contacts_wanted();
    SeededRandom random(7);
    const auto order = shuffled(contacts * messages_each * deliveries_each, random);
    std::atomic<std::size_t> next = 0;
    std::atomic<int> repeated = 0;
    {
        std::vector<std::jthread> threads;
        for (int client = 0; client < 32; ++client) {
            threads.emplace_back([&] {
                for (auto index = next++; index < order.size(); index = next++) {
                    const int number = order[index] / deliveries_each;
                    const auto inbound = delivery(agent, number / messages_each, number % messages_each);
                    auto take = [&](WriteTx& tx) { return flow::receive(tx, inbound).repeated; };
                    if (world.database().write_now(world.caller(), take)) ++repeated;
                }
            });
        }
    }
    EXPECT_EQ(repeated, contacts * messages_each * (deliveries_each - 1));
    EXPECT_EQ(count(world, "SELECT count(*) FROM conversation WHERE organization_id = $1"), contacts);
    EXPECT_EQ(count(world, "SELECT count(*) FROM contact WHERE organization_id = $1"), contacts);
    EXPECT_EQ(count(world, "SELECT count(*) FROM message WHERE organization_id = $1"), contacts * messages_each);
    EXPECT_EQ(count(world, "SELECT count(*) FROM placement WHERE organization_id = $1 AND available"), contacts);
    // Each conversation entered once, and moved once unless the message with the keyword came first (R38).
    EXPECT_EQ(count(world, "SELECT count(*) FROM stay WHERE organization_id = $1 AND cause = 'entry'"), contacts);
    EXPECT_LE(count(world, "SELECT count(*) FROM stay WHERE organization_id = $1 AND cause = 'trigger'"), contacts);
    EXPECT_EQ(
        count(world, "SELECT coalesce(sum(unread_messages_count), 0) FROM conversation WHERE organization_id = $1"),
        contacts * messages_each);
    auto check = [](ReadTx& tx) { return broken_invariants(tx); };
    EXPECT_EQ(world.database().read_now(world.caller(), check), std::vector<std::string>{});
}

}  // namespace
}  // namespace etapa::tests
