#include "db/postgres.hpp"

#include "base/problem.hpp"
#include "db/postgres_sql.hpp"

#include <array>
#include <list>
#include <unordered_map>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

// How much longer than its own limit the server may take to say that a statement was too slow.
constexpr auto grace = 1'000ms;
constexpr int server_version_min = 140'000;

constexpr std::string_view begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
constexpr std::string_view begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

using Failure = PostgresConnection::Failure;

// What a failure means: https://www.postgresql.org/docs/current/errcodes-appendix.html
Failure failure_of(std::string_view sqlstate, PostgresConnection::Access access) {
    if (sqlstate == "40001" || sqlstate == "40P01") return Failure::conflict;
    if (sqlstate.starts_with("23")) return Failure::constraint;
    // The server ends the session, or has become a standby; another connection may find one that takes changes.
    if (sqlstate.starts_with("57P") || sqlstate.starts_with("08")) return Failure::lost;
    if (sqlstate == "25006" && access == PostgresConnection::Access::write) return Failure::lost;
    return Failure::other;
}

bool is_unavailable(std::string_view sqlstate) {
    for (const std::string_view part : {"08", "25006", "53", "55", "57", "58", "F0", "XX001", "XX002"}) {
        if (sqlstate.starts_with(part)) return true;
    }
    return false;
}

std::exception_ptr exception_of(const PqAnswer& answer, std::string_view doing) {
    const std::string state = answer.sqlstate();
    const std::string reason = answer.message();
    if (state == "40001" || state == "40P01") {
        return std::make_exception_ptr(Conflict("Another transaction was in the way: " + reason + '.'));
    }
    if (state.starts_with("23")) {
        return std::make_exception_ptr(ConstraintViolated(reason + " in: " + std::string(doing)));
    }
    if (state == "57014" || state == "25P03") {
        return std::make_exception_ptr(StoreUnavailable("The transaction took longer than it may."));
    }
    if (state == "42501") return std::make_exception_ptr(NotPermitted(reason));
    if (is_unavailable(state)) {
        return std::make_exception_ptr(StoreUnavailable("The database cannot do this now: " + reason + '.'));
    }
    return std::make_exception_ptr(
        std::logic_error("PostgreSQL refused a statement (" + state + ' ' + reason + "): " + std::string(doing)));
}

}  // namespace

struct PostgresConnection::Prepared {
    std::string text;  // as the program gave it
    std::string name;
};

// The statements prepared before, the least recently used out first.
class PostgresConnection::Statements {
public:
    using Shared = std::shared_ptr<Prepared>;

    Shared find(std::string_view text) {
        const auto found = by_text_.find(text);
        if (found == by_text_.end()) return nullptr;
        recent_.splice(recent_.begin(), recent_, found->second);
        return *found->second;
    }

    Shared add(std::string_view text) {
        recent_.push_front(std::make_shared<Prepared>(Prepared{std::string(text), 's' + std::to_string(++made_)}));
        by_text_.emplace(recent_.front()->text, recent_.begin());
        return recent_.front();
    }

    // The one to be forgotten when there are too many.
    Shared surplus() {
        constexpr std::size_t statements_max = 256;
        if (recent_.size() <= statements_max) return nullptr;
        Shared oldest = recent_.back();
        forget(oldest->text);
        return oldest;
    }

    void forget(const std::string& text) {
        const auto found = by_text_.find(text);
        if (found == by_text_.end()) return;
        const auto place = found->second;
        by_text_.erase(found);
        recent_.erase(place);
    }

private:
    std::list<Shared> recent_;
    std::unordered_map<std::string_view, std::list<Shared>::iterator> by_text_;
    std::int64_t made_ = 0;
};

PostgresConnection::PostgresConnection(const std::string& url, const PostgresLimits& limits)
    : link_(std::make_unique<PqLink>(url)), statements_(std::make_unique<Statements>()), limits_(limits) {
    check_server();
    set_limits();
}

PostgresConnection::~PostgresConnection() = default;

void PostgresConnection::check_server() const {
    if (link_->server_version() < server_version_min) {
        throw Unusable("The PostgreSQL server is version " + link_->setting("server_version") +
                       ". Etapa needs 14 or later; upgrade the server, or use another one.");
    }
    const auto encoding = link_->setting("server_encoding");
    if (encoding != "UTF8") {
        throw Unusable("The database is encoded as " + encoding +
                       ", and Etapa stores texts of all languages. Create one with `createdb --encoding=UTF8 "
                       "--template=template0 NAME`, and give its address with --database.");
    }
}

// What bounds a stuck statement, a lock that somebody else keeps, and what a stuck process of ours holds.
void PostgresConnection::set_limits() {
    const auto in_milliseconds = [](std::chrono::milliseconds span) { return std::to_string(span.count()); };
    const std::array<Value, 3> values{in_milliseconds(limits_.statement), in_milliseconds(limits_.lock_wait),
                                      in_milliseconds(2 * limits_.statement + 5s)};
    auto keep = [&](const Row& row) { history_ = row.text(0); };
    // A crash resets the statistics, also when the server's main process outlives it.
    run({"SELECT concat_ws(' ', CASE WHEN pg_is_in_recovery() THEN ''"
         " ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END,"
         " (SELECT stats_reset FROM pg_stat_bgwriter)),"
         " set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
         " set_config('idle_in_transaction_session_timeout', $3, false), set_config('jit', 'off', false),"
         " set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
         " WHEN 'local' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"},
        values, keep);
}

void PostgresConnection::begin(Access access, std::chrono::milliseconds span) {
    ensure(state_ == State::idle, "one transaction at a time");
    state_ = State::announced;
    access_ = access;
    deadline_ = std::chrono::steady_clock::now() + span;
    failure_ = Failure::none;
    reason_ = nullptr;
    transaction_id_.clear();
}

std::int64_t PostgresConnection::run(Statement statement, std::span<const Value> parameters, RowSink each) {
    check_running();
    std::optional<PqAnswer> answer;
    guarded([&] {
        send(statement.text, parameters, Expected::Kind::wanted_rows);
        answer = await_all();
    });
    if (reason_) std::rethrow_exception(reason_);
    ensure(answer.has_value(), "a statement that did not fail was answered");
    for (int row = 0; row < answer->rows(); ++row) {
        answer->choose(row);
        each(*answer);
    }
    return answer->changed_rows();
}

void PostgresConnection::defer(Statement statement, std::span<const Value> parameters) {
    check_running();
    guarded([&] { send(statement.text, parameters, Expected::Kind::statement); });
    if (reason_) std::rethrow_exception(reason_);
}

void PostgresConnection::ask(Statement statement, std::span<const Value> parameters,
                             std::function<void(const Row&)> each) {
    check_running();
    guarded([&] { send(statement.text, parameters, Expected::Kind::asked_rows).each = std::move(each); });
    if (reason_) std::rethrow_exception(reason_);
    ++asked_;
}

void PostgresConnection::await() {
    if (reason_) std::rethrow_exception(reason_);
    if (asked_ == 0) return;
    guarded([&] { await_all(); });
    if (reason_) std::rethrow_exception(reason_);
}

void PostgresConnection::take_turns(const std::string& name) {
    const std::array<Value, 1> values{name};
    defer({"SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"}, values);
}

std::int64_t PostgresConnection::data_version() {
    std::int64_t version = 0;
    auto keep = [&](const Row& row) { version = row.integer(0); };
    // Two equal snapshots see the same transactions.
    run({"SELECT hashtextextended(CAST(pg_current_snapshot() AS TEXT), 0)"}, {}, keep);
    return version;
}

void PostgresConnection::commit() {
    if (reason_) std::rethrow_exception(reason_);
    if (state_ == State::announced) state_ = State::idle;
    if (state_ == State::idle) return;
    guarded([&] {
        // Whoever does not know the number of the transaction could not ask for its fate.
        if (access_ == Access::write && transaction_id_.empty()) await_all();
        if (reason_) return;
        is_committing_ = true;
        send("COMMIT", {}, Expected::Kind::wanted_rows);
        const auto answer = await_all();
        if (answer && answer->tag() != "COMMIT") {
            fail(Failure::other, std::make_exception_ptr(StoreUnavailable("The database ended the transaction.")));
        }
    });
    is_committing_ = false;
    if (reason_) std::rethrow_exception(reason_);
    state_ = State::idle;
}

void PostgresConnection::end() {
    const bool was_open = state_ == State::open;
    state_ = State::idle;
    if (!was_open || is_lost()) return;
    const bool was_only_read = access_ == Access::read && !reason_;
    try {
        for (auto& expected : expected_) expected.is_ignored = true;
        // A failure makes the server skip everything until the end of the batch, so the last word has one of its own.
        if (!expected_.empty() && expected_.back().kind != Expected::Kind::end_of_batch) end_batch();
        send(was_only_read ? "COMMIT" : "ROLLBACK", {}, Expected::Kind::statement);
        end_batch();
        for (auto& expected : expected_) expected.is_ignored = true;
        // Whoever hears of the failure finds no trace of the transaction any more, not even in the order of events.
        if (access_ == Access::write) take_all();
    } catch (const ConnectionLost& why) {
        fail(Failure::lost, std::make_exception_ptr(ConnectionLost(why.what())));
    }
}

void PostgresConnection::execute(Sql statement) {
    auto ignore = [](const Row&) {};
    run({statement.text()}, {}, ignore);
}

void PostgresConnection::execute_script(const std::string& statements) {
    const auto answer = link_->script(statements);
    if (answer.kind() != PqAnswer::Kind::done) std::rethrow_exception(exception_of(answer, "a script"));
}

// Sends nothing for a transaction that has failed already, or has lasted too long.
void PostgresConnection::check_running() {
    if (reason_) std::rethrow_exception(reason_);
    if (state_ == State::idle) {  // outside of a transaction
        deadline_ = std::chrono::steady_clock::now() + limits_.statement;
    } else if (std::chrono::steady_clock::now() > deadline_) {
        fail(Failure::other, std::make_exception_ptr(StoreUnavailable("The transaction took longer than it may.")));
        std::rethrow_exception(reason_);
    }
    if (state_ == State::announced) guarded([&] { open_transaction(); });
    if (reason_) std::rethrow_exception(reason_);
}

void PostgresConnection::open_transaction() {
    state_ = State::open;
    const bool writes = access_ == Access::write;
    send(writes ? begin_write : begin_read, {}, Expected::Kind::statement);
    if (writes) send("SELECT pg_current_xact_id()", {}, Expected::Kind::transaction_id);
}

// Puts the statement into the pipeline, after its preparation if it is new here.
PostgresConnection::Expected& PostgresConnection::send(std::string_view text, std::span<const Value> parameters,
                                                       Expected::Kind kind) {
    auto prepared = statements_->find(text);
    if (!prepared) {
        prepared = statements_->add(text);
        link_->prepare(prepared->name, in_postgres(text));
        expected_.push_back({Expected::Kind::preparation, prepared, prepared->text, {}, false});
        if (const auto surplus = statements_->surplus()) {
            link_->execute_text("DEALLOCATE " + surplus->name);
            expected_.push_back({Expected::Kind::statement, nullptr, "DEALLOCATE", {}, true});
        }
    }
    ++statements_run_;
    link_->execute(prepared->name, parameters);
    expected_.push_back({kind, nullptr, prepared->text, {}, false});
    return expected_.back();
}

void PostgresConnection::end_batch() {
    link_->sync();
    expected_.push_back({Expected::Kind::end_of_batch, nullptr, {}, {}, false});
}

// Sends what is in the pipeline and takes all answers; the one with rows that somebody wants is returned.
std::optional<PqAnswer> PostgresConnection::await_all() {
    end_batch();
    return take_all();
}

std::optional<PqAnswer> PostgresConnection::take_all() {
    ++round_trips_;
    const auto patience =
        std::max(deadline_, std::chrono::steady_clock::now() + (is_committing_ ? limits_.statement : 0ms)) + grace;
    asked_ = 0;
    std::optional<PqAnswer> wanted;
    while (!expected_.empty()) {
        auto answer = link_->next(patience);
        const auto expected = std::move(expected_.front());
        expected_.pop_front();
        take(answer, expected);
        if (expected.kind == Expected::Kind::wanted_rows && !reason_) wanted = std::move(answer);
    }
    return wanted;
}

void PostgresConnection::take(PqAnswer& answer, const Expected& expected) {
    using Kind = PqAnswer::Kind;
    const bool is_end = expected.kind == Expected::Kind::end_of_batch;
    if ((answer.kind() == Kind::synced) != is_end) throw ConnectionLost("The answers are out of step.");
    if (answer.kind() != Kind::done && expected.kind == Expected::Kind::preparation) {
        statements_->forget(expected.prepared->text);
    }
    if (answer.kind() == Kind::failed && !expected.is_ignored && !reason_) {
        fail(failure_of(answer.sqlstate(), access_), exception_of(answer, expected.doing));
    }
    if (answer.kind() == Kind::done && !expected.is_ignored && expected.each) {
        for (int row = 0; row < answer.rows(); ++row) {
            answer.choose(row);
            expected.each(answer);
        }
    }
    if (expected.kind == Expected::Kind::transaction_id && answer.kind() == Kind::done && !expected.is_ignored) {
        answer.choose(0);
        transaction_id_ = answer.text(0);
    }
}

void PostgresConnection::fail(Failure failure, std::exception_ptr reason) {
    failure_ = failure;
    reason_ = std::move(reason);
}

// Turns a lost connection into a failure of the transaction.
template <class F> void PostgresConnection::guarded(F act) {
    try {
        act();
    } catch (const ConnectionLost& why) {
        const bool is_silent = dynamic_cast<const NoAnswer*>(&why) != nullptr;
        const auto failure = is_committing_ ? Failure::fate_unknown : is_silent ? Failure::silent : Failure::lost;
        fail(failure, std::make_exception_ptr(
                          StoreUnavailable("The connection to the database is gone: " + std::string(why.what()))));
    }
}

}  // namespace etapa::db
