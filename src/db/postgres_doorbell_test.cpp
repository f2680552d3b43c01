#include "db/test_database.hpp"

#include <thread>

namespace etapa::db {
namespace {

// A second node on the same database, with a log, metrics and a sleeping runner of its own.
class PostgresNodes : public TestDatabase {
protected:
    PostgresNodes() {
        open();
        other_.emplace(other_env_, settings, other_alarm_);
        alarm.expect(start + seconds(3'600));
        other_alarm_.expect(start + seconds(3'600));
    }
    void write_on_the_other(const std::function<void(WriteTx&)>& body) {
        auto run = [&](WriteTx& tx) { body(tx); };
        other_->write_now(caller, run);
    }

    Metrics other_metrics_;
    Env other_env_{clock, Log::silent(), other_metrics_, random};
    Alarm other_alarm_{clock};
    std::optional<Database> other_;
};

TEST_F(PostgresNodes, OneHearsOfWhatTheOtherStores) {
    // Who has only just begun to listen has missed what was said before.
    while (metric("etapa_notifications_heard_total") == 0) {
        write_on_the_other([](WriteTx& tx) { tx.alarm(tx.now()); });
    }
    alarm.wait(start + seconds(3'600));  // the clock stands still: only the alarm can end this
}

TEST_F(PostgresNodes, WhatIsDueMuchLaterIsNotWorthAWord) {
    write([](WriteTx& tx) { tx.alarm(tx.now() + seconds(60)); });
    write([](WriteTx& tx) { tx.alarm(tx.now()); });
    while (metric("etapa_notifications_sent_total") == 0) std::this_thread::yield();
    EXPECT_EQ(metric("etapa_notifications_sent_total"), 1);
}

// The clock of the machine, which follows.
class Followed final : public Clock {
public:
    [[nodiscard]] Time now() const override { return machine_.now(); }
    void wait(Bell& bell, std::optional<Time> until) override { machine_.wait(bell, until); }
    void follow(Duration ahead) override {
        machine_.follow(ahead);
        ahead_ = ahead.milliseconds;
        ++times_;
    }
    [[nodiscard]] std::int64_t ahead() const { return ahead_; }
    [[nodiscard]] int times() const { return times_; }

private:
    SystemClock machine_;
    std::atomic<std::int64_t> ahead_ = 0;
    std::atomic<int> times_ = 0;
};

TEST_F(PostgresNodes, TheClockFollowsTheDatabases) {
    Followed followed;
    const Env followed_env{followed, Log::silent(), other_metrics_, random};
    const Database database(followed_env, settings, other_alarm_);
    while (followed.times() == 0) std::this_thread::yield();
    EXPECT_LT(std::abs(followed.ahead()), 200) << "server and test share a machine";
}

}  // namespace
}  // namespace etapa::db
