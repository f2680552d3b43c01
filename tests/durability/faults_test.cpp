// The store fails while the server runs. Clients are told so and may try again, nothing is stored by half, and when the
// store works again, so does the server, without a restart.
#include "db/sqlite.hpp"
#include "support/powered_world.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <thread>

namespace etapa::tests {
namespace {

using Texts = std::vector<std::string>;

class Faults : public testing::Test {
protected:
    Faults() {
        world.database_settings().log_pages_to_copy = std::numeric_limits<int>::max();  // a test that wants it copies
        world.start();
    }
    ~Faults() override {
        disk.repair();
        world.stop();
    }

    // A call that the store cannot serve now.
    void expect_unavailable(const Answer& answer) {
        EXPECT_EQ(answer.status, 503) << answer.body;
        const std::pair<std::string, std::string> retry{"Retry-After", "1"};
        EXPECT_EQ(std::ranges::count(answer.headers, retry), 1);
        EXPECT_EQ(answer.text("code"), "store_unavailable");
        EXPECT_EQ(answer.text("error"), answer.text("message"));
    }

    Answer ready() { return world.call_as("", "GET", "/readyz"); }
    Answer create() { return world.call("POST", "/conversation", "{}"); }

    PoweredWorld powered;
    Disk& disk = powered.disk;
    World& world = powered.world;
};

struct Case {
    const char* name;
    Disk::Fault fault;
};

constexpr std::array failing_writes{
    Case{"AWriteError", {Disk::Call::write, Disk::Outcome::io_error}},
    Case{"AFullDisk", {Disk::Call::write, Disk::Outcome::full}},
    Case{"AFullDiskAfterAWhile", {Disk::Call::write, Disk::Outcome::full, Disk::Times::always, 5}},
    Case{"AFailingSync", {Disk::Call::sync, Disk::Outcome::io_error}},
};

TEST_F(Faults, WhileNothingCanBeStoredChangesAreRefusedAndReadsServed) {
    for (const auto& [name, fault] : failing_writes) {
        SCOPED_TRACE(name);
        const auto known = world.conversation();
        world.new_events();
        disk.break_down(fault);
        for (int attempt = 0; attempt < 3; ++attempt) expect_unavailable(create());
        expect_unavailable(ready());
        EXPECT_EQ(world.call("GET", "/conversation/" + known).status, 200);
        EXPECT_EQ(world.new_events(), Texts{});
        disk.repair();
        EXPECT_EQ(ready().status, 200);
        EXPECT_EQ(create().status, 201);
        EXPECT_EQ(world.new_events(), Texts{"conversation.created"});
        EXPECT_EQ(powered.broken(), Texts{});
    }
}

TEST_F(Faults, AFailureOnceFailsOneCallAtMost) {
    for (auto [name, fault] : failing_writes) {
        SCOPED_TRACE(name);
        fault.times = Disk::Times::once;
        for (fault.good_calls = 0; fault.good_calls < 30; ++fault.good_calls) {
            const auto faults_before = disk.faults();
            disk.break_down(fault);
            int refused = 0;
            for (int call = 0; call < 4; ++call) {
                if (create().status != 201) ++refused;
            }
            EXPECT_LE(refused, disk.faults() - faults_before);
            disk.repair();
            EXPECT_EQ(create().status, 201);
        }
    }
    EXPECT_EQ(powered.broken(), Texts{});
    EXPECT_EQ(powered.losses({}), Texts{});
}

TEST_F(Faults, WhatCannotBeReadIsRefusedUntilItCan) {
    const auto id = world.conversation();
    world.stop();
    world.start();  // with nothing in its caches
    disk.break_down({Disk::Call::read, Disk::Outcome::io_error});
    expect_unavailable(world.call("GET", "/conversation/" + id));
    expect_unavailable(create());
    expect_unavailable(ready());
    disk.repair();
    EXPECT_EQ(world.call("GET", "/conversation/" + id).status, 200);
    EXPECT_EQ(ready().status, 200);
    EXPECT_EQ(create().status, 201);
}

TEST_F(Faults, TimersWaitForTheStoreAndFireOnce) {
    const auto sales = world.scenario();
    const auto last = world.step(sales, "Last");
    const auto timed = world.step(sales, "Timed", R"("autoNextTime":60,"autoNextStepId":")" + last + '"');
    const auto id = world.conversation();
    world.place(id, timed);
    world.new_events();
    disk.break_down({Disk::Call::sync, Disk::Outcome::io_error});
    EXPECT_THROW(world.pass(seconds(60)), db::StoreUnavailable);
    EXPECT_THROW(world.pass(seconds(60)), db::StoreUnavailable);
    disk.repair();
    world.pass(seconds(0));
    EXPECT_EQ(world.new_events(), Texts{"step.entered"});
    EXPECT_EQ(powered.broken(), Texts{});
}

TEST_F(Faults, ReadsAreServedWhenTheUseOfTheirKeyCannotBeNoted) {
    const auto known = world.conversation();
    Metrics metrics;
    SeededRandom random{2};
    const Env env{world.clock(), Log::silent(), metrics, random};
    api::Gate gate(env, world.database(), world.router());
    const auto serve = [&] {
        auto request = World::request(world.key(), "GET", "/conversation/" + known);
        net::Response response;
        boost::asio::io_context context;
        auto work = boost::asio::make_work_guard(context);
        boost::asio::co_spawn(context, gate.serve(request, response), [&](const auto&) { work.reset(); });
        context.run();
        return response.status;
    };
    EXPECT_EQ(serve(), 200);
    world.clock().advance(seconds(61));
    disk.break_down({Disk::Call::write, Disk::Outcome::full});
    EXPECT_EQ(serve(), 200);
    EXPECT_GT(disk.faults(), 0) << "the use was to be noted";
}

// Whoever changes something waits for a slow disk, whoever reads does not.
TEST_F(Faults, ASlowSyncDelaysNobodyButWriters) {
    const auto known = world.conversation();
    disk.hold_syncs();
    std::array<int, 3> status{};
    std::vector<std::jthread> writers;
    for (auto& own : status) writers.emplace_back([&] { own = create().status; });
    disk.wait_for_held_syncs(1);
    EXPECT_EQ(world.call("GET", "/conversation/" + known).status, 200);
    EXPECT_EQ(status, (std::array<int, 3>{}));
    disk.release_syncs();
    writers.clear();
    EXPECT_EQ(status, (std::array{201, 201, 201}));
}

// A sync of the log that fails for whoever copies it takes with it what the writer has written and not stored yet.
TEST_F(Faults, ASyncThatFailsForAnotherLosesNothingAcknowledged) {
    SeededRandom random(1);
    for (int round = 0; round < 12; ++round) {
        SCOPED_TRACE(round);
        create();  // what a copy of the log would begin with a sync for
        disk.hold_syncs();
        std::jthread copier([&] {
            try {
                db::SqliteConnection(world.file(), db::Access::write).checkpoint();
            } catch (const db::StoreUnavailable&) {
                return;  // it was told
            }
        });
        disk.wait_for_held_syncs(1);
        Answer answer;
        std::jthread writer([&] { answer = create(); });
        disk.wait_for_held_syncs(2);
        disk.break_down({Disk::Call::sync, Disk::Outcome::io_error, Disk::Times::once});
        disk.release_syncs();
        writer.join();
        copier.join();
        disk.cut_power_at(1);
        world.stop();
        disk.power_on(random);
        world.start();
        if (answer.status != 201) {
            expect_unavailable(answer);
        } else {
            EXPECT_EQ(world.call("GET", "/conversation/" + answer.text("id")).status, 200);
        }
    }
}

// What was copied into the file and then lost by the disk stands in the log alone, but SQLite counts it as copied while
// anybody has the file open: it would let the log begin anew, and read what the file has forgotten.
TEST_F(Faults, ACopyThatTheDiskLosesEndsTheProcessAndLosesNothing) {
    world.stop();
    world.database_settings().log_pages_to_copy = 1;
    world.start();
    const auto reader_of_now = [&] {
        auto reader = std::make_unique<db::SqliteConnection>(world.file(), db::Access::read);
        reader->execute_script("BEGIN; SELECT count(*) FROM conversation");
        return reader;
    };
    SeededRandom random(1);
    for (int round = 0; round < 10; ++round) {
        SCOPED_TRACE(round);
        // Nothing of the log is copied beyond what the oldest reader sees: not the first, and then the first without
        // the second, of which SQLite itself syncs nothing.
        auto reader = reader_of_now();
        const auto first = world.conversation();
        auto next_reader = reader_of_now();
        const auto second = world.conversation();
        const auto faults_before = disk.faults();
        disk.break_down({Disk::Call::sync, Disk::Outcome::io_error, Disk::Times::always, 0, true});
        reader.reset();
        create();
        disk.wait_for_faults(faults_before + 1);
        disk.repair();
        next_reader.reset();
        for (int call = 0; call < 50 && create().status == 201; ++call) {
        }
        EXPECT_FALSE(disk.has_power()) << "the process has not ended";
        disk.cut_power_at(1);
        world.stop();
        disk.power_on(random);
        EXPECT_EQ(powered.losses({}), Texts{});
        world.start();
        EXPECT_EQ(world.call("GET", "/conversation/" + first).status, 200);
        EXPECT_EQ(world.call("GET", "/conversation/" + second).status, 200);
    }
}

TEST_F(Faults, AClockThatJumpsFiresEachTimerOnce) {
    constexpr auto days = [](int count) { return seconds(count * 24 * 3'600); };
    const auto sales = world.scenario();
    const auto last = world.step(sales, "Last");
    const auto timed = world.step(sales, "Timed", R"("autoNextTime":3600,"autoNextStepId":")" + last + '"');
    const auto before = world.conversation();
    world.place(before, timed);
    world.new_events();
    world.pass(days(-2));
    EXPECT_EQ(world.new_events(), Texts{}) << "an hour did not pass";
    const auto meanwhile = world.conversation();
    world.place(meanwhile, timed);
    EXPECT_EQ(world.new_events(), (Texts{"conversation.created", "step.entered"}));
    world.pass(days(30));
    EXPECT_EQ(world.new_events(), (Texts{"step.entered", "step.entered"}));
    world.pass(days(-30));
    world.move(before, timed);
    EXPECT_EQ(world.new_events(), Texts{"step.entered"});
    EXPECT_EQ(powered.broken(), Texts{});
}

}  // namespace
}  // namespace etapa::tests
