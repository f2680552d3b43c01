#pragma once
// Moves committed pages from SQLite's write-ahead log into the database file, so that the log stays short. A thread
// does most of it while the writer goes on; the writer itself only finishes the rest, because the log starts again from
// its beginning only when nothing is left in it (docs/decisions/0002).

#include "base/env.hpp"
#include "db/sqlite.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace etapa {
struct DatabaseSettings;
}

namespace etapa::db {

class Checkpointer {
public:
    Checkpointer(const Env& env, const std::string& file, const DatabaseSettings& settings);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    // The writer calls this between two transactions.
    void after_commit(SqliteConnection& writer);

private:
    void work();
    void ring();
    enum class Flush : std::uint8_t { yes, no };
    void copy(SqliteConnection& connection, Flush flush);

    Env env_;
    const DatabaseSettings& settings_;
    Counter& checkpoints_;
    SqliteConnection connection_;
    int rung_at_pages_ = 0;  // the writer's
    std::atomic<int> log_pages_ = 0;
    std::atomic<bool> rest_ = false;  // the thread has left little, and the writer is to finish
    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace etapa::db
