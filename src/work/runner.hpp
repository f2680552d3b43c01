#pragma once
// Does the jobs when they are due. One thread sleeps until the earliest due time or an alarm; there is no leader and no
// polling. Organizations with due work take turns of a bounded batch, so that nobody waits behind another's backlog.

#include "base/alarm.hpp"
#include "base/env.hpp"
#include "crm/jobs/job.hpp"
#include "db/database.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace etapa::work {

class Runner {
public:
    // Nothing runs before start().
    Runner(const Env& env, Database& database, Alarm& alarm);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void start();
    // Lets the batch in hand finish, then joins.
    void stop();

    // Does everything that is due now, then returns. For the loop, and for tests and simulations that move the clock.
    void run_due();

private:
    void loop();
    void run_batch(const OrganizationId& organization);
    // Runs the jobs of a batch that failed as a whole one by one, so that only the culprit fails.
    void run_one(const Caller& caller, const Job& job);
    void note_failure(const Caller& caller, const Job& job, const std::string& error);
    void observe(const std::vector<Job>& done);
    void count_jobs();
    [[nodiscard]] std::optional<Time> next_wake();

    Env env_;
    Database& database_;
    Alarm& alarm_;
    Histogram& lateness_seconds_;
    Gauge& pending_;
    Gauge& failed_;
    Time counted_at_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace etapa::work
