#pragma once
// Reading from a PostgreSQL server: a pool of connections with a thread each. Each body sees one snapshot.

#include "db/database.hpp"
#include "db/instants.hpp"
#include "db/postgres_session.hpp"
#include "db/queue.hpp"

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

namespace etapa::db {

class PostgresReaders {
public:
    PostgresReaders(const Env& env, PostgresServer& server, Instants& instants, const DatabaseSettings& settings);
    ~PostgresReaders();  // runs what is queued
    PostgresReaders(const PostgresReaders&) = delete;
    PostgresReaders& operator=(const PostgresReaders&) = delete;

    // Throws StoreUnavailable when too many wait.
    void enqueue(ReadJob& job) { queue_.push(job); }

private:
    void work();
    bool give_back(std::deque<ReadJob*>& taken);
    void run(PostgresSession& session, ReadJob& job);
    bool try_to_run(PostgresSession& session, ReadJob& job);

    PostgresServer& server_;
    Instants& instants_;
    std::chrono::milliseconds body_time_max_;
    Counter& round_trips_;
    Queue<ReadJob> queue_;
    std::atomic<int> connected_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace etapa::db
