// The power fails at any moment while clients work. What the server acknowledged is there afterwards, the rest is whole
// or absent. Killing a process cannot show this: the system keeps what was written.
#include "support/powered_world.hpp"
#include "support/run.hpp"

#include <gtest/gtest.h>

#include <iostream>

namespace etapa::tests {
namespace {

// The seed of a run: the given one, or the fixed one.
std::uint64_t seed_of_run() { return wished_seed().value_or(1); }

// In some rounds a sync fails before: what it should have stored is gone then, whatever a later sync says.
void break_a_sync(Disk& disk, Random& random) {
    disk.break_down(
        {Disk::Call::sync, Disk::Outcome::io_error, Disk::Times::once, static_cast<std::int64_t>(random.below(10))});
}

TEST(Power, NothingAcknowledgedIsLostWhenItFails) {
    const int cuts = is_long() ? 4'000 : 150;
    constexpr int cuts_per_file = 15;
    PoweredWorld powered;
    powered.world.database_settings().log_pages_to_copy = 50;
    const auto fresh = powered.disk.files();
    SeededRandom random(seed_of_run());
    std::int64_t changes = 0;
    std::int64_t failed_syncs = 0;
    for (int cut = 0; cut < cuts; ++cut) {
        SCOPED_TRACE("ETAPA_SEED=" + std::to_string(seed_of_run()) + ", cut " + std::to_string(cut));
        if (cut % cuts_per_file == 0) powered.disk.load(fresh);
        powered.world.start();
        Acknowledged acknowledged;
        const auto clients = random.below(2) == 0 ? 1 : 4;
        const auto change = 1 + static_cast<std::int64_t>(random.below(random.below(4) == 0 ? 2'000 : 300));
        if (random.below(3) == 0) break_a_sync(powered.disk, random);
        const auto faults_before = powered.disk.faults();
        powered.work_until_power_cut(clients, change, random.below(1'000'000), acknowledged);
        failed_syncs += powered.disk.faults() - faults_before;
        powered.disk.power_on(random);
        ASSERT_EQ(powered.losses(acknowledged), std::vector<std::string>{});
        powered.world.start();
        ASSERT_EQ(powered.broken(), std::vector<std::string>{});
        powered.world.stop();
        changes += acknowledged.changes;
    }
    std::cout << "figure: " << cuts << " power cuts and " << failed_syncs << " failed syncs, " << changes
              << " acknowledged changes, none lost (seed " << seed_of_run() << ")\n";
}

TEST(Power, AFileIsMadeWholeOrNotAtAll) {
    PoweredWorld powered;
    auto& world = powered.world;
    SeededRandom random(seed_of_run());
    int cuts = 0;
    bool is_cut = true;
    for (std::int64_t change = 1; is_cut; change += is_long() ? 1 : 1 + static_cast<std::int64_t>(random.below(20))) {
        SCOPED_TRACE("change " + std::to_string(change));
        powered.disk.load({});
        powered.disk.cut_power_at(change);
        std::string key;
        try {
            world.start();
            key = world.second_organization_key();
        } catch (const std::exception&) {
            key.clear();  // the power is gone
        }
        world.stop();
        is_cut = !powered.disk.has_power();
        powered.disk.power_on(random);
        world.start();
        EXPECT_TRUE(key.empty() || world.call_as(key, "GET", "/organization").status == 200);
        world.stop();
        ++cuts;
    }
    std::cout << "figure: " << cuts << " power cuts while a file was made\n";
}

// The test above can fail: with syncs that do nothing it finds losses.
TEST(Power, WithoutSyncsItLosesWhatWasAcknowledged) {
    const int cuts = is_long() ? 300 : 40;
    PoweredWorld powered;
    const auto fresh = powered.disk.files();
    powered.disk.set_syncs(Disk::Syncs::ignored);
    SeededRandom random(seed_of_run());
    int lossy = 0;
    for (int cut = 0; cut < cuts; ++cut) {
        powered.disk.load(fresh);
        powered.world.start();
        Acknowledged acknowledged;
        powered.work_until_power_cut(1, 100 + static_cast<std::int64_t>(random.below(200)), random.below(1'000'000),
                                     acknowledged);
        powered.disk.power_on(random);
        if (!powered.losses(acknowledged).empty()) ++lossy;
    }
    powered.disk.set_syncs(Disk::Syncs::obeyed);
    EXPECT_GT(lossy, cuts / 2);
    std::cout << "figure: " << lossy << " of " << cuts
              << " power cuts lose acknowledged changes when syncs do nothing\n";
}

}  // namespace
}  // namespace etapa::tests
