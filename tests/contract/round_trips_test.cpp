// How often a transaction waits for PostgreSQL: as often as it has to know something before it can go on.
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace etapa::tests {
namespace {

class PostgresRoundTrips : public testing::Test {
protected:
    // The waits of write transactions while `act` runs.
    template <class F> int counted(F act) {
        const int before = so_far();
        act();
        return so_far() - before;
    }

    World world;
    std::string scenario = world.scenario();
    std::string first = world.step(scenario, "First");
    std::string second = world.step(scenario, "Second", R"("autoNextTime":60,"defaultStatus":"HUMAN_REQUESTED")");
    std::string conversation = world.conversation();

private:
    int so_far() {
        const auto metrics = world.call("GET", "/metrics").body;
        const std::string series = "etapa_database_round_trips_total{transaction=\"write\"} ";
        const auto at = metrics.find(series);
        return at == std::string::npos ? 0 : std::atoi(metrics.c_str() + at + series.size());
    }
};

TEST_F(PostgresRoundTrips, AMoveCostsTwoAndTheCommit) {
    world.place(conversation, first);
    EXPECT_EQ(counted([&] { world.move(conversation, second); }), 3);
    EXPECT_EQ(counted([&] { world.move(conversation, first); }), 3);
}

TEST_F(PostgresRoundTrips, AMoveWithAssignmentCostsNoMore) {
    const auto member = world.member("ana@acme.example");
    const auto third = world.step(scenario, "Third",
                                  R"("assigneeLogicType":"fair_distribution_selected",)"
                                  R"("selectedMembershipIdsForAssignee":[")" +
                                      member + R"("])");
    world.place(conversation, second);
    EXPECT_EQ(counted([&] { world.move(conversation, third); }), 3);
}

TEST_F(PostgresRoundTrips, ABatchOfTimersCostsLittleMoreThanOne) {
    world.good("PUT", "/crm/step", R"({"id":")" + second + R"(","autoNextStepId":")" + first + R"("})");
    world.place(conversation, second);
    world.run_jobs();  // erases what is over, as every ten minutes
    const auto of_one = counted([&] { world.pass(seconds(61)); });
    for (int count = 0; count < 20; ++count) world.place(world.conversation(), second);
    EXPECT_EQ(counted([&] { world.pass(seconds(61)); }), of_one);
    EXPECT_LE(of_one, 7);
}

}  // namespace
}  // namespace etapa::tests
