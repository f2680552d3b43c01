#pragma once
// A connection that comes back: it is made when it is first needed, and made again after it was lost. While the server
// is away, nobody waits for it more often than makes sense.

#include "base/env.hpp"
#include "db/postgres.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

namespace etapa::db {

// Where the server is, and whether it can be reached. Shared by the sessions of an engine; safe from any thread.
class PostgresServer {
public:
    PostgresServer(const Env& env, std::string url, const PostgresLimits& limits);

    // Throws StoreUnavailable, at once when the last try was a moment ago.
    std::unique_ptr<PostgresConnection> connect();

    // Where the server has room for some connections only, a pool without any asks the others for the place of one.
    using Pool = std::atomic<int>;  // that counts its connections
    void ask_for_place(const Pool& pool);
    void thank(const Pool& pool);
    [[nodiscard]] bool is_asked_by_another(const Pool& pool) const;
    // True for one of those who ask whether they are to give up theirs.
    bool takes_place_from(const Pool& pool);

private:
    using SteadyClock = std::chrono::steady_clock;

    void check_pause();
    void note_failure(const std::string& reason);
    void note_success();

    Env env_;
    std::string url_;
    PostgresLimits limits_;
    Counter& connected_;
    Counter& failed_;
    std::mutex mutex_;
    std::chrono::milliseconds pause_{0};
    SteadyClock::time_point not_before_{};
    std::atomic<const Pool*> asking_ = nullptr;
    std::atomic<bool> place_was_given_ = false;
};

// The connection of one thread of a pool. `connected` counts those of the pool that have one.
class PostgresSession {
public:
    PostgresSession(PostgresServer& server, std::atomic<int>& connected) : server_(server), connected_(connected) {}
    ~PostgresSession() { disconnect(); }
    PostgresSession(const PostgresSession&) = delete;
    PostgresSession& operator=(const PostgresSession&) = delete;

    // A connection that is not known to be lost. Throws StoreUnavailable.
    PostgresConnection& connection();
    void disconnect();

    // Whether others of the pool can do what this one cannot: the server may have room for some of us only.
    bool leaves_it_to_others();
    // Gives up its connection when another pool has none and this pool has more than one.
    void make_room();

private:
    PostgresServer& server_;
    std::atomic<int>& connected_;
    std::unique_ptr<PostgresConnection> connection_;
};

// How long a thread without a connection leaves the work to the others.
inline constexpr std::chrono::milliseconds leave_to_others_for{100};
// How long an idle thread keeps its connection from another pool that has none.
inline constexpr std::chrono::milliseconds idle_time{1'000};

}  // namespace etapa::db
