// Many clients at once: whatever the order in which their calls arrive, the invariants hold and everybody gets an
// answer that fits one order.
#include "support/invariants.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <map>
#include <set>
#include <thread>

namespace etapa::tests {
namespace {

// Runs `clients` threads, each doing `work(client)`.
template <class F> void at_once(int clients, F&& work) {
    std::vector<std::jthread> threads;
    for (int client = 0; client < clients; ++client) threads.emplace_back([&work, client] { work(client); });
}

std::vector<std::string> conversations(World& world, int count) {
    std::vector<std::string> ids;
    for (int index = 0; index < count; ++index) ids.push_back(world.conversation());
    return ids;
}

std::vector<std::string> broken(World& world) {
    auto check = [](ReadTx& tx) { return broken_invariants(tx); };
    return world.database().read_now(world.caller(), check);
}

std::string list_of(const std::vector<std::string>& ids) {
    std::string text;
    for (const auto& id : ids) text += (text.empty() ? "[\"" : ",\"") + id + '"';
    return text + ']';
}

TEST(Concurrency, SixtyFourClientsMovePlaceAndAssignTheSameTwentyConversations) {
    World world;
    const auto sales = world.scenario("Sales");
    const auto care = world.scenario("Care");
    std::vector<std::string> members;
    for (const auto* name : {"a", "b", "c"}) members.push_back(world.member(std::string(name) + "@acme.example"));
    const auto fair =
        R"("assigneeLogicType":"fair_distribution_selected","selectedMembershipIdsForAssignee":)" + list_of(members);
    const auto cold = world.step(sales, "Cold", R"("defaultStatus":"RESOLVED")");
    const std::array steps{cold, world.step(sales, "Fair", fair),
                           world.step(sales, "Timed", R"("autoNextTime":60,"autoNextStepId":")" + cold + '"'),
                           world.step(sales, "Out", R"("isConversationRemovalStep":true,"assigneeLogicType":"clear")"),
                           world.step(care, "Open", R"("defaultStatus":"UNRESOLVED",)" + fair)};
    const auto ids = conversations(world, 20);

    std::atomic<int> strange = 0;
    at_once(64, [&](int client) {
        SeededRandom random(static_cast<std::uint64_t>(client));
        for (int call = 0; call < 12; ++call) {
            const auto& id = ids[random.below(ids.size())];
            const auto& step = steps[random.below(steps.size())];
            const bool place = random.below(2) == 0;
            std::string body = R"({"conversationId":")" + id;
            body += place ? R"(","stepId":")" : R"(","destStepId":")";
            body += step + R"("})";
            const auto answer = world.call("POST", place ? "/crm/step/conversation" : "/crm/step/move", body);
            const std::set<int> possible{200, place ? 409 : 404};
            if (!possible.contains(answer.status)) ++strange;
        }
    });
    EXPECT_EQ(strange, 0);
    EXPECT_EQ(broken(world), std::vector<std::string>{});
    world.pass(seconds(60));
    EXPECT_EQ(broken(world), std::vector<std::string>{});
}

TEST(Concurrency, AThousandFairEntriesOverSevenMembersAreEven) {
    World world;
    const auto sales = world.scenario();
    std::vector<std::string> members;
    for (int index = 0; index < 7; ++index) members.push_back(world.member(std::to_string(index) + "@acme.example"));
    const auto step = world.step(sales, "Fair",
                                 R"("assigneeLogicType":"fair_distribution_selected",)"
                                 R"("selectedMembershipIdsForAssignee":)" +
                                     list_of(members));
    const auto ids = conversations(world, 1'000);
    std::atomic<std::size_t> next = 0;
    at_once(16, [&](int) {
        for (auto index = next++; index < ids.size(); index = next++) world.place(ids[index], step);
    });
    std::map<std::string, int> held;
    for (const auto& id : members) {
        auto count = [&](ReadTx& tx) {
            return tx.one<std::int64_t>(
                "SELECT open FROM member_load WHERE organization_id = $1 AND membership_id = $2", tx.organization(),
                id);
        };
        held[id] = static_cast<int>(world.database().read_now(world.caller(), count));
    }
    const auto by_count = [](const auto& left, const auto& right) { return left.second < right.second; };
    const auto [least, most] = std::ranges::minmax_element(held, by_count);
    EXPECT_LE(most->second - least->second, 1);
    EXPECT_EQ(broken(world), std::vector<std::string>{});
}

// The runner and API moves race for the same conversations, whose entries follow one another: each timer moves once, or
// not at all where a move has overtaken it (R22, R59).
TEST(Concurrency, TimersAndMovesOfTheSameConversationsEndInOneStay) {
    World world;
    const auto sales = world.scenario();
    const auto talk = world.step(sales, "Talk");
    const auto won = world.step(sales, "Won");
    const auto fresh = world.step(sales, "Fresh", R"("autoNextTime":60,"autoNextStepId":")" + talk + '"');
    const auto ids = conversations(world, 150);
    for (const auto& id : ids) world.place(id, fresh);
    world.clock().advance(seconds(60));
    at_once(4, [&](int client) {
        if (client == 0) return world.run_jobs();
        for (const auto& id : ids) world.move(id, won);
    });
    EXPECT_EQ(broken(world), std::vector<std::string>{});
    for (const auto& id : ids) {
        const auto stays = world.good("GET", "/crm/conversationLog?conversationId=" + id).at("data");
        std::map<std::string, int> entries;
        for (const auto& stay : stays.get_array()) ++entries[std::string(stay.at("cause").get_string())];
        EXPECT_LE(entries["timer"], 1) << id;
        EXPECT_EQ(entries["api_add"], 1) << id;
    }
}

// A lone timer of another organization does not wait behind a backlog: organizations take turns.
TEST(Concurrency, ALoneTimerFiresBesideABacklogOfAnotherOrganization) {
    World world;
    constexpr int backlog = 600;
    const auto sales = world.scenario();
    const auto talk = world.step(sales, "Talk");
    const auto fresh = world.step(sales, "Fresh", R"("autoNextTime":60,"autoNextStepId":")" + talk + '"');
    for (const auto& id : conversations(world, backlog)) world.place(id, fresh);

    const auto rival = world.second_organization_key();
    const auto id_of = [&](std::string_view path, const std::string& body) {
        return world.call_as(rival, "POST", path, body).text("id");
    };
    const auto scenario = id_of("/crm/scenario", R"({"name":"Care"})");
    const auto done = id_of("/crm/step", R"({"scenarioId":")" + scenario + R"(","name":"Done","prompt":"x"})");
    const auto open = id_of("/crm/step", R"({"scenarioId":")" + scenario + R"(","name":"Open","prompt":"x",)" +
                                             R"("autoNextTime":61,"autoNextStepId":")" + done + R"("})");
    const auto lone = id_of("/conversation", "{}");
    world.call_as(rival, "POST", "/crm/step/conversation",
                  R"({"conversationId":")" + lone + R"(","stepId":")" + open + R"("})");
    world.pass(seconds(61));

    auto before_lone = [&](ReadTx& tx) {
        return tx.one<std::int64_t>(
            "SELECT count(*) FROM event WHERE kind = 'step.entered' AND actor_kind = 'engine' AND organization_id = $1"
            " AND sequence < (SELECT max(sequence) FROM event WHERE organization_id <> $1 AND actor_kind = 'engine')",
            tx.organization());
    };
    EXPECT_LE(world.database().read_now(world.caller(), before_lone), 100);
    EXPECT_EQ(world.call_as(rival, "GET", "/conversations/" + lone + "/explain").text("placement.stepId"), done);
}

}  // namespace
}  // namespace etapa::tests
