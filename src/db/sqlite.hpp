#pragma once
// One connection to an SQLite file: prepared statements, errors as exceptions, a time limit. Used by one thread at a
// time.

#include "db/connection.hpp"
#include "db/sql.hpp"
#include "db/url.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;

namespace etapa::db {

enum class Access : std::uint8_t { create, write, read };

// The disk could not keep what was written into the file or its log, and may have forgotten it.
class SyncFailed : public StoreUnavailable {
public:
    using StoreUnavailable::StoreUnavailable;
};

// A statement without the tokens for what only PostgreSQL has.
std::string in_sqlite(std::string_view statement);

class SqliteConnection final : public Connection {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    // Throws Unusable when the file is missing (unless it may be created), no database, or not writable.
    SqliteConnection(const std::string& file, Access access);
    ~SqliteConnection() override;
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    std::int64_t run(Statement statement, std::span<const Value> parameters, RowSink each) override;
    void defer(Statement statement, std::span<const Value> parameters) override;
    std::int64_t data_version() override;

    // A statement without parameters and rows: BEGIN, SAVEPOINT, COMMIT.
    void execute(Sql statement);
    // Several statements: a migration.
    void execute_script(const std::string& statements);

    // False also when SQLite itself has ended the transaction: disk full, I/O error, out of memory, interrupted.
    [[nodiscard]] bool in_transaction() const;

    // How long a statement waits for another process that holds the write lock; then it fails with StoreUnavailable.
    void set_lock_wait(std::chrono::milliseconds span) { lock_looks_max_ = static_cast<int>(span.count()); }

    // Statements still running then fail with StoreUnavailable.
    void set_deadline(std::optional<Deadline> deadline) { deadline_ = deadline; }

    // The statements run so far.
    [[nodiscard]] std::int64_t statements() const { return statements_run_; }

    // The pages of the write-ahead log after the last commit of this connection.
    [[nodiscard]] int log_pages() const { return log_pages_; }
    // Copies committed pages from the log into the database file as far as that blocks nobody. Throws SyncFailed.
    void checkpoint();
    // Waits until the disk has what was copied into the database file. Throws SyncFailed.
    void flush_file();

private:
    struct Prepared;
    class Statements;

    void open(const std::string& file, Access access);
    void prepare_file();
    void bind(Prepared& prepared, std::span<const Value> parameters);
    [[noreturn]] void refuse(std::string_view doing) const;

    std::string file_;
    sqlite3* handle_ = nullptr;
    std::unique_ptr<Statements> statements_;
    std::optional<Deadline> deadline_;
    std::int64_t statements_run_ = 0;
    int log_pages_ = 0;
    int lock_looks_max_ = 10'000;  // one in a millisecond
};

// Ends what runs on the connection after `span`, until it goes out of scope.
class TimeLimit {
public:
    TimeLimit(SqliteConnection& connection, std::chrono::milliseconds span) : connection_(connection) {
        connection_.set_deadline(std::chrono::steady_clock::now() + span);
    }
    ~TimeLimit() { connection_.set_deadline(std::nullopt); }
    TimeLimit(const TimeLimit&) = delete;
    TimeLimit& operator=(const TimeLimit&) = delete;

private:
    SqliteConnection& connection_;
};

}  // namespace etapa::db
