#pragma once
// A connection that comes back: it is made when it is first needed, and made again after it was lost. While the server
// is away, nobody waits for it more often than makes sense.

#include "base/env.hpp"
#include "db/postgres.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace etapa::db {

// Where the server is, and whether it can be reached. Shared by the sessions of an engine; safe from any thread.
class PostgresServer {
public:
    PostgresServer(const Env& env, std::string url, const PostgresLimits& limits);

    // Throws StoreUnavailable, at once when the last try was a moment ago.
    std::unique_ptr<PostgresConnection> connect();

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
};

class PostgresSession {
public:
    explicit PostgresSession(PostgresServer& server) : server_(server) {}

    // A connection that is not known to be lost. Throws StoreUnavailable.
    PostgresConnection& connection() {
        if (connection_ && !connection_->is_alive()) connection_.reset();
        if (!connection_) connection_ = server_.connect();
        return *connection_;
    }
    void disconnect() { connection_.reset(); }

private:
    PostgresServer& server_;
    std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace etapa::db
