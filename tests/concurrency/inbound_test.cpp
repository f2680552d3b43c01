// A storm of first messages: whatever the order, however often each is delivered, a thread is one conversation, and a
// message is stored once (R113). Who says one thing after another is heard in that order, whichever node takes it.
#include "flow/receive.hpp"
#include "support/invariants.hpp"
#include "support/node.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <map>
#include <numeric>
#include <string_view>
#include <thread>
#include <tuple>

namespace etapa::tests {
namespace {

constexpr int messages_each = 5;
constexpr int deliveries_each = 2;

#ifdef __SANITIZE_THREAD__
constexpr int contacts_max = 1'000;  // everything takes ten times as long
#else
constexpr int contacts_max = 10'000;
#endif

int contacts_wanted() { return is_long() ? contacts_max : 200; }

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

// Threads that take the numbers from 0 on, each once, and how many of them were done in a second.
template <class F> double rate_of(std::size_t numbers, F work) {
    constexpr int clients = 32;
    const auto began = std::chrono::steady_clock::now();
    std::atomic<std::size_t> next = 0;
    {
        std::vector<std::jthread> threads;
        for (int client = 0; client < clients; ++client) {
            threads.emplace_back([&] {
                for (auto number = next++; number < numbers; number = next++) work(number);
            });
        }
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    return static_cast<double>(numbers) / taken.count();
}

std::string_view engine() { return db::tests_use_postgres() ? "PostgreSQL" : "SQLite"; }

class Inbound : public testing::Test {
protected:
    Inbound() {
        world.step(sales, "Fresh");
        world.step(sales, "Price", R"("trigger":"price")");
        world.good("POST", "/agents/" + agent.value + "/crm-config", R"({"scenarioId":")" + sales + R"("})");
    }

    // Delivered until it is acknowledged: a busy store may have no time for it.
    bool is_new(Database& database, int contact, int message) {
        const auto inbound = delivery(agent, contact, message);
        auto take = [&](WriteTx& tx) { return flow::receive(tx, inbound).repeated; };
        while (true) {
            try {
                return !database.write_now(world.caller(), take);
            } catch (const db::StoreUnavailable&) {
                std::this_thread::yield();
            }
        }
    }

    void expect_all_of(int contacts) {
        // Without it PostgreSQL compares each placement with each stay, and has no time for that.
        auto tell_sizes = [](WriteTx& tx) { tx.run("ANALYZE"); };
        world.database().write_now(world.caller(), tell_sizes);
        EXPECT_EQ(count(world, "SELECT count(*) FROM conversation WHERE organization_id = $1"), contacts);
        EXPECT_EQ(count(world, "SELECT count(*) FROM contact WHERE organization_id = $1"), contacts);
        EXPECT_EQ(count(world, "SELECT count(*) FROM message WHERE organization_id = $1"), contacts * messages_each);
        EXPECT_EQ(count(world, "SELECT count(*) FROM placement WHERE organization_id = $1 AND available"), contacts);
        EXPECT_EQ(count(world, "SELECT count(*) FROM stay WHERE organization_id = $1 AND cause = 'entry'"), contacts);
        EXPECT_EQ(
            count(world, "SELECT coalesce(sum(unread_messages_count), 0) FROM conversation WHERE organization_id = $1"),
            contacts * messages_each);
        auto check = [](ReadTx& tx) { return broken_invariants(tx); };
        EXPECT_EQ(world.database().read_now(world.caller(), check), std::vector<std::string>{});
    }

    // Of each conversation, the provider's ids of its messages as a reader sees them.
    std::map<std::string, std::vector<std::string>> said() {
        std::map<std::string, std::vector<std::string>> said;
        auto read = [&](ReadTx& tx) {
            for (auto& [conversation, id] : tx.all<std::tuple<std::string, std::string>>(
                     "SELECT conversation_id, external_id FROM message WHERE organization_id = $1"
                     " ORDER BY conversation_id, id",
                     tx.organization())) {
                said[conversation].push_back(std::move(id));
            }
        };
        world.database().read_now(world.caller(), read);
        return said;
    }

    World world;
    std::string sales = world.scenario();
    AgentId agent{world.good("POST", "/agents", R"({"name":"Bot"})").text("id")};
};

TEST_F(Inbound, AStormOfMessagesDeliveredTwiceSplitsNoConversation) {
    const int contacts = contacts_wanted();
    SeededRandom random(7);
    const auto order = shuffled(contacts * messages_each * deliveries_each, random);
    std::atomic<int> repeated = 0;
    const double rate = rate_of(order.size(), [&](std::size_t index) {
        const int number = order[index] / deliveries_each;
        if (!is_new(world.database(), number / messages_each, number % messages_each)) ++repeated;
    });
    EXPECT_EQ(repeated, contacts * messages_each * (deliveries_each - 1));
    expect_all_of(contacts);
    // Each conversation moved once, unless the message with the keyword came first (R38).
    EXPECT_LE(count(world, "SELECT count(*) FROM stay WHERE organization_id = $1 AND cause = 'trigger'"), contacts);
    std::cout << "figure: " << order.size() << " shuffled deliveries on " << engine() << ": " << contacts
              << " conversations, " << contacts * messages_each << " messages, " << repeated << " known already; "
              << static_cast<int>(rate) << " deliveries per second with sanitizers\n";
}

// One sender for each contact, who waits for the acknowledgement; the next message goes to the other node, whose clock
// is behind, and each comes again before and after that.
TEST_F(Inbound, IsHeardInTheOrderInWhichItIsSaidWhateverTheNode) {
    const int contacts = contacts_wanted();
    Node other(world, seconds(-2));
    const std::array<std::reference_wrapper<Database>, 2> nodes{world.database(), other.database};
    std::atomic<int> repeated = 0;
    const double rate = rate_of(static_cast<std::size_t>(contacts), [&](std::size_t number) {
        const auto contact = static_cast<int>(number);
        for (int message = 0; message < messages_each; ++message) {
            const auto turn = number + static_cast<std::size_t>(message);
            EXPECT_TRUE(is_new(nodes.at(turn % 2), contact, message));
            if (!is_new(nodes.at((turn + 1) % 2), contact, message)) ++repeated;
        }
    });
    EXPECT_EQ(repeated, contacts * messages_each);
    expect_all_of(contacts);
    EXPECT_EQ(count(world, "SELECT count(*) FROM stay WHERE organization_id = $1 AND cause = 'trigger'"), contacts);
    int in_order = 0;
    for (const auto& [conversation, ids] : said()) {
        ASSERT_EQ(ids.size(), static_cast<std::size_t>(messages_each)) << conversation;
        const bool is_in_order = std::ranges::is_sorted(ids);
        EXPECT_TRUE(is_in_order) << conversation << " begins with " << ids.front();
        in_order += is_in_order ? 1 : 0;
        if (!is_in_order) break;
    }
    std::cout << "figure: " << in_order << " conversations on two nodes over " << engine() << ", each in order; "
              << static_cast<int>(rate * messages_each * 2) << " deliveries per second with sanitizers\n";
}

}  // namespace
}  // namespace etapa::tests
