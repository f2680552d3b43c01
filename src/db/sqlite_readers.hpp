#pragma once
// Reading from an SQLite file beside its writer: each body sees one snapshot. A pool of threads for what takes time,
// and one connection per I/O thread for what does not.

#include "base/env.hpp"
#include "db/database.hpp"
#include "db/queue.hpp"
#include "db/sqlite.hpp"

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace etapa::db {

class SqliteReaders {
public:
    SqliteReaders(const Env& env, const std::string& file, const DatabaseSettings& settings);
    ~SqliteReaders();  // runs what is queued
    SqliteReaders(const SqliteReaders&) = delete;
    SqliteReaders& operator=(const SqliteReaders&) = delete;

    // Throws StoreUnavailable when too many wait.
    void enqueue(ReadJob& job) { queue_.push(job); }
    [[nodiscard]] std::size_t inline_readers() const { return inline_.size(); }
    void run_inline(unsigned io_thread, ReadJob& job);

private:
    using Connections = std::deque<SqliteConnection>;  // they cannot move

    void work(SqliteConnection& connection);
    void run(SqliteConnection& connection, ReadJob& job);

    Env env_;
    std::chrono::milliseconds body_time_max_;
    Connections inline_;
    Connections pooled_;
    Queue<ReadJob> queue_;
    std::vector<std::jthread> threads_;
};

}  // namespace etapa::db
