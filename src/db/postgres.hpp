#pragma once
// One connection to a PostgreSQL server: transactions in pipelines, prepared statements, errors as exceptions, time
// limits. Used by one thread at a time.
//
// `defer` only puts a statement into the pipeline; `run` and `commit` send what is there and wait for the answers.
// BEGIN travels with the first statement, so a body that reads once and writes much costs two round trips.

#include "db/libpq.hpp"
#include "db/sql.hpp"

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace etapa::db {

// Another transaction was in the way (a deadlock, a serialization failure): repeating the body helps.
class Conflict : public StoreUnavailable {
public:
    using StoreUnavailable::StoreUnavailable;
};

// The user of the address may not do this.
class NotPermitted : public StoreUnavailable {
public:
    using StoreUnavailable::StoreUnavailable;
};

struct PostgresLimits {
    std::chrono::milliseconds statement{5'000};
    std::chrono::milliseconds lock_wait{5'000};
};

class PostgresConnection final : public Connection {
public:
    using Deadline = PqLink::Deadline;
    enum class Access : std::uint8_t { write, read };

    // What went wrong first in the transaction; a body may have swallowed it.
    enum class Failure : std::uint8_t {
        none,
        conflict,
        constraint,
        lost,          // the connection, before the commit was sent: nothing is stored
        silent,        // no answer came in time, before the commit was sent
        fate_unknown,  // the connection, after the commit was sent
        other
    };

    // Throws ConnectFailed, or Unusable for a server that is too old or a database in another encoding.
    PostgresConnection(const std::string& url, const PostgresLimits& limits);
    ~PostgresConnection() override;
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    std::int64_t run(Statement statement, std::span<const Value> parameters, RowSink each) override;
    void defer(Statement statement, std::span<const Value> parameters) override;
    void ask(Statement statement, std::span<const Value> parameters, std::function<void(const Row&)> each) override;
    void await() override;
    void take_turns(const std::string& name) override;
    std::int64_t data_version() override;

    // The transaction begins with its first statement. Statements that run beyond `span` fail with StoreUnavailable.
    void begin(Access access, std::chrono::milliseconds span);
    // Throws what failed in the transaction, even when the body went on.
    void commit();
    // Ends a transaction of which nothing is wanted any more. After a reading one the answer is waited for when the
    // connection is next used.
    void end();

    [[nodiscard]] Failure failure() const { return failure_; }
    // Whether the connection is of no use any more.
    [[nodiscard]] bool is_alive() { return !is_lost() && link_->is_alive(); }
    [[nodiscard]] bool is_lost() const {
        return failure_ == Failure::lost || failure_ == Failure::silent || failure_ == Failure::fate_unknown;
    }
    // The number of the transaction that writes, once it is known; its fate can be asked for on another connection.
    [[nodiscard]] const std::string& transaction_id() const { return transaction_id_; }
    // The branch of the server's history: another one after a standby was promoted, or after a crash. In another one
    // the numbers of transactions that were lost may have been given to others.
    [[nodiscard]] const std::string& history() const { return history_; }

    // A statement without parameters and rows.
    void execute(Sql statement);
    // Several statements: a migration.
    void execute_script(const std::string& statements);

    [[nodiscard]] std::int64_t statements() const { return statements_run_; }
    [[nodiscard]] std::int64_t round_trips() const { return round_trips_; }
    [[nodiscard]] PqLink& link() { return *link_; }

private:
    struct Prepared;
    class Statements;
    // An answer that is still to come.
    struct Expected {
        enum class Kind : std::uint8_t {
            preparation,
            statement,
            wanted_rows,
            asked_rows,
            transaction_id,
            end_of_batch
        };
        Kind kind = Kind::statement;
        std::shared_ptr<Prepared> prepared;         // of a preparation
        std::string doing = {};                     // for the sentence of a failure
        std::function<void(const Row&)> each = {};  // of asked rows
        bool is_ignored = false;
    };
    enum class State : std::uint8_t { idle, announced, open };

    void check_server() const;
    void set_limits();
    void check_running();
    void open_transaction();
    Expected& send(std::string_view text, std::span<const Value> parameters, Expected::Kind kind);
    void end_batch();
    std::optional<PqAnswer> await_all();
    std::optional<PqAnswer> take_all();
    void take(PqAnswer& answer, const Expected& expected);
    void fail(Failure failure, std::exception_ptr reason);
    template <class F> void guarded(F act);

    std::unique_ptr<PqLink> link_;
    std::unique_ptr<Statements> statements_;
    PostgresLimits limits_;
    std::deque<Expected> expected_;
    State state_ = State::idle;
    Access access_ = Access::write;
    Deadline deadline_{};
    Failure failure_ = Failure::none;
    std::exception_ptr reason_;
    std::string transaction_id_;
    std::string history_;
    bool is_committing_ = false;
    std::size_t asked_ = 0;  // of the answers to come
    std::int64_t statements_run_ = 0;
    std::int64_t round_trips_ = 0;
};

}  // namespace etapa::db
