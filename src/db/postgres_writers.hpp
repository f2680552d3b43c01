#pragma once
// Write transactions on a PostgreSQL server: a pool of connections with a thread each, one body in a transaction.
//
// A body is repeated when another transaction was in the way, or when the connection was lost before its commit. When
// it was lost during the commit, the server is asked what became of the transaction, so nobody is told a guess.

#include "base/alarm.hpp"
#include "base/id.hpp"
#include "db/database.hpp"
#include "db/instants.hpp"
#include "db/postgres_session.hpp"
#include "db/queue.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace etapa::db {

class PostgresWriters {
public:
    // `on_alarm` is called after a commit with the earliest time for which its body asked an alarm.
    PostgresWriters(const Env& env, PostgresServer& server, Instants& instants, const DatabaseSettings& settings,
                    std::function<void(Time)> on_alarm);
    ~PostgresWriters();  // runs what is queued
    PostgresWriters(const PostgresWriters&) = delete;
    PostgresWriters& operator=(const PostgresWriters&) = delete;

    // Throws StoreUnavailable when too many wait.
    void enqueue(WriteJob& job) { queue_.push(job); }

private:
    using SteadyClock = std::chrono::steady_clock;
    using Failure = PostgresConnection::Failure;

    struct Figures {
        Histogram& transaction_seconds;
        Histogram& bodies_per_commit;
        Gauge& queued;
        Counter& commit_failures;
        Counter& statements;
        Counter& round_trips;
        Counter& repeated_after_conflict;
        Counter& repeated_after_constraint;
        Counter& repeated_after_loss;
        Counter& settled;
    };
    // What a transaction left behind that could not be finished.
    struct Unfinished {
        Failure failure = Failure::none;
        std::string transaction_id;
        std::string history;
    };
    enum class Fate : std::uint8_t { stored, not_stored, unknown };

    void work();
    bool give_back(std::deque<WriteJob*>& taken);
    void run(PostgresSession& session, WriteJob& job);
    Unfinished try_to_run(PostgresSession& session, WriteJob& job);
    void run_in(PostgresConnection& connection, WriteJob& job);
    [[nodiscard]] bool is_worth_repeating(Failure failure, int attempt);
    Fate settle(PostgresSession& session, const Unfinished& unfinished);
    std::optional<Fate> ask_for_fate(PostgresSession& session, const Unfinished& unfinished);
    static Figures figures_in(Metrics& metrics);

    Env env_;
    PostgresServer& server_;
    Instants& instants_;
    DatabaseSettings settings_;
    std::function<void(Time)> on_alarm_;
    Figures figures_;
    IdMaker ids_;
    Queue<WriteJob> queue_;
    std::atomic<int> connected_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace etapa::db
