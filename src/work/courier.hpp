#pragma once
// Does the outside jobs that the runner has leased: many at a time on one thread of its own, since they wait more than
// they work. Counts what is under way, overall, for each host that is called and for each kind, and settles each job
// when its attempt is over. Decides about no job: the runner leases.

#include "work/outside.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace etapa::work {

struct CourierSettings {
    std::size_t attempts_max = 64;            // at the same time
    std::size_t attempts_per_target_max = 8;  // of those, at one host
    std::size_t attempts_per_kind_max = 48;   // of those, of one kind: a provider that hangs must not hold up webhooks
    Retries retries;
    Providers providers;
};

// Its I/O context outlives the database's threads, which post to it: construct it before the database.
class Courier {
public:
    // An attempt that is under way.
    struct Flight {
        Caller caller;
        Job job;
        std::string attempt;  // the lease
    };

    Courier(const Env& env, net::Transport& http, CourierSettings settings);
    ~Courier();
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;

    // Runs its own thread until stop(). Without it, work_off() does the work.
    void start();
    // Waits for the attempts under way within the limit, then ends the thread. What is left then is never resumed.
    void stop(Duration limit);
    // Runs attempts on the calling thread until there are none.
    void work_off();

    // Any thread may call the rest. Begins an attempt; rings `alarm` when it has ended.
    void take(Database& database, Alarm& alarm, Flight flight);
    [[nodiscard]] std::size_t free_places() const;
    [[nodiscard]] jobs::Busy busy() const;
    // Those of `jobs`, in their order, for which their host or kind has no place left beside the ones before them.
    [[nodiscard]] std::vector<JobId> without_place(const std::vector<Job>& jobs) const;
    [[nodiscard]] bool has_thread() const { return thread_.joinable(); }
    // What is under way now, for their leases.
    [[nodiscard]] std::vector<Flight> under_way() const;

private:
    boost::asio::awaitable<void> fly(Database& database, Alarm& alarm, std::list<Flight>::iterator flight);
    boost::asio::awaitable<Outcome> attempt(Database& database, const Flight& flight);
    boost::asio::awaitable<void> settle(Database& database, const Flight& flight, const Outcome& outcome);
    [[nodiscard]] jobs::Settlement judged(WriteTx& tx, const Job& job, const Outcome& outcome) const;
    void land(std::list<Flight>::iterator flight);
    // How many attempts call each host, and are of each kind.
    struct Counts {
        std::map<std::string, std::size_t> targets;
        std::map<std::string, std::size_t> kinds;
        void add(const Job& job);
    };
    // The mutex is held.
    [[nodiscard]] Counts counts() const;

    Env env_;
    net::Transport& http_;
    CourierSettings settings_;
    Gauge& under_way_;
    Histogram& attempt_seconds_;
    mutable std::mutex mutex_;
    std::condition_variable landed_;
    std::list<Flight> flights_;
    boost::asio::io_context context_{1};
    std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> open_;
    std::thread thread_;
};

}  // namespace etapa::work
