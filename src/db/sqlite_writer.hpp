#pragma once
// The one thread that writes to an SQLite file, with group commit: it takes the bodies that are queued, never waiting
// for more, runs each under its own savepoint in one transaction, and hands all results back after the commit. A commit
// costs the same for one body as for many, so a busy server is not bound by the disk's flush.

#include "base/alarm.hpp"
#include "base/env.hpp"
#include "base/id.hpp"
#include "db/checkpointer.hpp"
#include "db/database.hpp"
#include "db/queue.hpp"
#include "db/sqlite.hpp"

#include <deque>
#include <optional>
#include <thread>
#include <vector>

namespace etapa::db {

class SqliteWriter {
public:
    SqliteWriter(const Env& env, const std::string& file, const DatabaseSettings& settings, Alarm& runner_alarm);
    ~SqliteWriter();  // runs what is queued
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    // Throws StoreUnavailable when too many wait.
    void enqueue(WriteJob& job) { queue_.push(job); }

private:
    enum class Transaction : std::uint8_t { alive, dead };
    enum class Others : std::uint8_t { join, wait };
    using SteadyClock = std::chrono::steady_clock;
    using Jobs = std::deque<WriteJob*>;

    struct Figures {
        Histogram& transaction_seconds;
        Histogram& bodies_per_commit;
        Gauge& queued;
        Counter& commit_failures;
        Counter& statements;
    };

    void work();
    void run_together(Jobs& waiting, Others others);
    void run_alone(const std::vector<WriteJob*>& jobs);
    Transaction run(WriteJob& job);
    void run_body(WriteJob& job);
    void commit(const std::vector<WriteJob*>& jobs, SteadyClock::time_point start);
    void undo_body();
    void roll_back();
    template <class Why> void refuse(const std::vector<WriteJob*>& jobs, const Why& why);
    void hand_back(std::span<WriteJob* const> jobs);
    static Figures figures_in(Metrics& metrics);

    Env env_;
    DatabaseSettings settings_;
    Alarm& runner_alarm_;
    Figures figures_;
    SqliteConnection connection_;
    Checkpointer checkpointer_;
    IdMaker ids_;
    Instants instants_;
    std::optional<Time> earliest_alarm_;  // of the transaction that runs
    Finished finished_;
    Queue<WriteJob> queue_;
    std::jthread thread_;
};

}  // namespace etapa::db
