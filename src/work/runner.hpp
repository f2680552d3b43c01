#pragma once
// Does the jobs when they are due. One thread sleeps until the earliest due time or an alarm; there is no leader and no
// polling. Organizations with due work take turns of a bounded batch, so that nobody waits behind another's backlog.
//
// Inside jobs are done in the transaction that removes them. Outside jobs are leased and handed to the courier; the
// runner extends the leases of what is under way, so a job whose node died is taken up by another, or after the
// restart, when its lease has run out.
//
// The thread works in rounds: sweeps first, because what they find becomes jobs, then inside jobs, outside ones, and
// what is erased. Each has some tens of milliseconds of a round, so no backlog holds up another kind of work, or the
// leases, for longer.

#include "base/alarm.hpp"
#include "base/env.hpp"
#include "crm/jobs/job.hpp"
#include "db/database.hpp"
#include "work/courier.hpp"
#include "work/expiry.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace etapa::work {

class Runner {
public:
    // Nothing runs before start().
    Runner(const Env& env, Database& database, Alarm& alarm, Courier& courier, const Retention& retention);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    void start();
    // Lets the batch in hand finish, and attempts under way for some seconds; gives back the leases of the rest.
    void stop();

    // Does everything that is due now, then returns. For tests and simulations, which move the clock themselves:
    // where the courier has no thread, its work is done here too.
    void run_due();

private:
    // What there was for a turn, and whether it did all of that.
    enum class Found : std::uint8_t { nothing, all, part };

    void loop();
    // Rounds until nothing is left to do; when to look again. Whoever naps afterwards looks again anyway.
    std::optional<Time> work(bool naps);
    // Whether something for sweeps was stored while the runner worked.
    bool has_found_more();
    // These do a bounded part of what there is; true when there may be more.
    bool run_round();
    bool run_sweeps();
    bool run_inside();
    bool begin_outside();
    // Who waits, the one behind `last_served` first.
    template <class Waiting>
    std::vector<OrganizationId> in_turn(Waiting waiting, const OrganizationId& last_served);
    // Lets one organization after the other do a part, until none has more or the time of a stage is over.
    template <class Waiting, class Turn>
    bool give_turns(OrganizationId& last_served, Waiting waiting, Turn turn);
    std::size_t lease(const OrganizationId& organization);
    void extend_leases();
    void give_back_leases();
    Found run_batch(const OrganizationId& organization);
    // Runs the jobs of a batch that failed as a whole one by one, so that only the culprit fails.
    void run_one(const Caller& caller, const Job& job);
    void note_failure(const Caller& caller, const Job& job, const std::string& error);
    void observe(const std::vector<Job>& done);
    void count_jobs();
    [[nodiscard]] std::optional<Time> next_wake();
    // When to look again although nothing falls due: leases, hosts that are busy.
    [[nodiscard]] std::optional<Time> next_look() const;

    Env env_;
    Database& database_;
    Alarm& alarm_;
    Courier& courier_;
    Expiry expiry_;
    Histogram& lateness_seconds_;
    Gauge& pending_;
    Gauge& failed_;
    Time count_again_at_;
    Time extended_at_;
    std::map<std::string_view, OrganizationId> last_swept_;  // by the name of the sweep
    OrganizationId last_done_;
    OrganizationId last_leased_;
    // Organizations whose due jobs are all busy, as the latest search told, and when to search again.
    struct OnlyBusy {
        jobs::Busy busy;
        Time look_at;
    };
    std::map<OrganizationId, OnlyBusy> only_busy_;
    bool waits_for_places_ = false;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

}  // namespace etapa::work
