#pragma once
// What the nodes on one PostgreSQL server tell each other, on a connection of its own: that a job falls due sooner than
// the others think (LISTEN and NOTIFY), and what time it is.
//
// A notification is a courtesy: it is sent after the commit and may get lost, so the runner is also woken every few
// seconds to look for itself. Not inside the transaction, because PostgreSQL lets transactions that notify commit only
// one after the other (docs/decisions/0003).

#include "base/alarm.hpp"
#include "base/env.hpp"
#include "db/postgres_session.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace etapa::db {

class PostgresDoorbell {
public:
    PostgresDoorbell(const Env& env, PostgresServer& server, Alarm& runner_alarm);
    ~PostgresDoorbell();
    PostgresDoorbell(const PostgresDoorbell&) = delete;
    PostgresDoorbell& operator=(const PostgresDoorbell&) = delete;

    // Wakes the runner of this node if it would sleep beyond `due`, and soon after those of the others. Safe from any
    // thread.
    void ring(Time due);

private:
    using SteadyClock = std::chrono::steady_clock;

    void work();
    void listen();
    void follow_clock();
    void tell_others();
    void hear_others();
    void look_around();
    void wake() const;
    void await_wake(std::chrono::milliseconds span) const;
    void drain_wake() const;

    Env env_;
    PostgresServer& server_;
    Alarm& runner_alarm_;
    Counter& sent_;
    Counter& heard_;
    Gauge& ahead_;
    int wake_;
    std::atomic<std::int64_t> due_to_tell_;
    std::atomic<bool> stopping_ = false;
    std::unique_ptr<PostgresConnection> connection_;
    std::string schema_;
    SteadyClock::time_point clock_followed_at_{};
    SteadyClock::time_point looked_around_at_;
    std::thread thread_;
};

}  // namespace etapa::db
