#include "db/postgres_session.hpp"

#include <algorithm>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 3'000ms;

}  // namespace

PostgresServer::PostgresServer(const Env& env, std::string url, const PostgresLimits& limits)
    : env_(env),
      url_(std::move(url)),
      limits_(limits),
      connected_(env.metrics.counter("etapa_database_connections_total", "Connections made to the database server.")),
      failed_(env.metrics.counter("etapa_database_connection_failures_total",
                                  "Attempts to connect to the database server that failed.")) {}

std::unique_ptr<PostgresConnection> PostgresServer::connect() {
    check_pause();
    try {
        auto connection = std::make_unique<PostgresConnection>(url_, limits_);
        note_success();
        return connection;
    } catch (const std::exception& why) {
        note_failure(why.what());
        throw StoreUnavailable("The database cannot be reached: " + std::string(why.what()));
    }
}

void PostgresServer::check_pause() {
    const std::lock_guard lock(mutex_);
    if (SteadyClock::now() < not_before_) throw StoreUnavailable("The database could not be reached a moment ago.");
}

void PostgresServer::note_failure(const std::string& reason) {
    failed_.add();
    const std::lock_guard lock(mutex_);
    if (pause_ == 0ms) env_.log.error("The database cannot be reached.", {{"reason", reason}});
    pause_ = std::clamp(pause_ * 2, std::chrono::milliseconds(first_pause), std::chrono::milliseconds(longest_pause));
    not_before_ = SteadyClock::now() + pause_;
}

PostgresConnection& PostgresSession::connection() {
    if (connection_ && !connection_->is_alive()) disconnect();
    if (connection_) return *connection_;
    try {
        connection_ = server_.connect();
    } catch (const StoreUnavailable&) {
        if (connected_ == 0) server_.ask_for_place(connected_);
        throw;
    }
    ++connected_;
    server_.thank(connected_);
    return *connection_;
}

void PostgresSession::disconnect() {
    if (!connection_) return;
    connection_.reset();
    --connected_;
}

bool PostgresSession::leaves_it_to_others() {
    if (!connection_ && connected_ > 0 && server_.is_asked_by_another(connected_)) return true;
    try {
        connection();
        return false;
    } catch (const StoreUnavailable&) {
        return connected_ > 0;
    }
}

void PostgresSession::make_room() {
    if (connection_ && connected_ > 1 && server_.takes_place_from(connected_)) disconnect();
}

void PostgresServer::ask_for_place(const Pool& pool) {
    asking_ = &pool;
    place_was_given_ = false;
}

void PostgresServer::thank(const Pool& pool) {
    const Pool* asked = &pool;
    asking_.compare_exchange_strong(asked, nullptr);
}

bool PostgresServer::is_asked_by_another(const Pool& pool) const {
    const Pool* asking = asking_;
    return asking != nullptr && asking != &pool;
}

bool PostgresServer::takes_place_from(const Pool& pool) {
    return is_asked_by_another(pool) && !place_was_given_.exchange(true);
}

void PostgresServer::note_success() {
    connected_.add();
    const std::lock_guard lock(mutex_);
    if (pause_ != 0ms) env_.log.info("The database can be reached again.");
    pause_ = 0ms;
    not_before_ = {};
}

}  // namespace etapa::db
