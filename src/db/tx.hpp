#pragma once
// A transaction, as inside functions see it: rows in, rows out, bound to the caller's organization, one instant long.
//
// `ReadTx` can only read: a statement that changes something does not compile on it. `WriteTx` has two verbs: `run`
// when the rows or the count are needed, `defer` when they are not; deferred statements travel together with the next
// `run` or the commit, so a body that reads first and writes after costs few round trips.

#include "base/alarm.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "db/caller.hpp"
#include "db/connection.hpp"
#include "db/instants.hpp"
#include "db/rows.hpp"
#include "db/sql.hpp"
#include "db/texts.hpp"

#include <algorithm>
#include <any>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

namespace etapa {

// Rows that come together with others', so that several statements cost one round trip. They must be taken before the
// transaction ends.
template <class T> class Later {
public:
    explicit Later(db::Connection& connection) : connection_(connection) {}

    std::vector<T> take() {
        connection_.await();
        return std::move(*rows_);
    }

private:
    friend class ReadTx;
    db::Connection& connection_;
    std::shared_ptr<std::vector<T>> rows_ = std::make_shared<std::vector<T>>();
};

class ReadTx {
public:
    ReadTx(db::Connection& connection, const Caller& caller, db::Instants& instants)
        : connection_(connection), caller_(caller), instants_(instants) {}
    ReadTx(const ReadTx&) = delete;
    ReadTx& operator=(const ReadTx&) = delete;

    [[nodiscard]] const OrganizationId& organization() const { return caller_.organization; }
    [[nodiscard]] const Caller& caller() const { return caller_; }
    // One instant for the whole transaction, taken when somebody first asks: who locks a row before that is never
    // earlier than whoever held the lock.
    [[nodiscard]] Time now() const {
        if (!now_) now_ = instants_.next();
        return *now_;
    }
    [[nodiscard]] bool has_asked_for_the_time() const { return now_.has_value(); }
    // Caches compare it with the one they were filled under: equal means that nobody has committed since. Comparable
    // only between transactions on the same connection, so a cache belongs to one I/O thread and is used in
    // `read_inline`.
    [[nodiscard]] std::int64_t data_version() { return connection_.data_version(); }

    // All rows, each as a T: a described struct, a std::tuple, or a single value.
    template <class T, class... A> std::vector<T> all(Sql sql, const A&... arguments) {
        const std::array<db::Value, sizeof...(A)> values{db::to_value(arguments)...};
        return collect<T>({db::composed_once(sql, db::with_columns<T>)}, values);
    }
    template <class T> std::vector<T> all(const Query& query) {
        return collect<T>({db::with_columns<T>(query.text()), db::Statement::Lifetime::call}, query.values());
    }

    // The same, when other rows are wanted at the same time: ask for all of them, then take them.
    template <class T> Later<T> later(const Query& query) {
        Later<T> later(connection_);
        auto keep = [rows = later.rows_](const db::Row& row) { rows->push_back(db::FromRow<T>::read(row)); };
        connection_.ask({db::with_columns<T>(query.text()), db::Statement::Lifetime::call}, query.values(),
                        std::move(keep));
        return later;
    }

    // The first row, if there is one.
    template <class T, class... A> std::optional<T> first(Sql sql, const A&... arguments) {
        auto rows = all<T>(sql, arguments...);
        return rows.empty() ? std::nullopt : std::optional<T>(std::move(rows.front()));
    }
    template <class T> std::optional<T> first(const Query& query) {
        auto rows = all<T>(query);
        return rows.empty() ? std::nullopt : std::optional<T>(std::move(rows.front()));
    }

    // The single row of a statement that always gives one (a count, a sum).
    template <class T, class... A> T one(Sql sql, const A&... arguments) {
        auto row = first<T>(sql, arguments...);
        ensure(row.has_value(), "the statement gives exactly one row");
        return *std::move(row);
    }
    template <class T> T one(const Query& query) {
        auto row = first<T>(query);
        ensure(row.has_value(), "the statement gives exactly one row");
        return *std::move(row);
    }

protected:
    void raise_now(Time earliest) { now_ = std::max(now(), earliest); }

    template <class T> std::vector<T> collect(db::Statement statement, std::span<const db::Value> values) {
        std::vector<T> rows;
        auto keep = [&](const db::Row& row) { rows.push_back(db::FromRow<T>::read(row)); };
        connection_.run(statement, values, keep);
        return rows;
    }

    db::Connection& connection_;

private:
    const Caller& caller_;
    db::Instants& instants_;
    mutable std::optional<Time> now_;
};

class WriteTx : public ReadTx {
public:
    WriteTx(db::Connection& connection, const Caller& caller, db::Instants& instants, IdMaker& ids, Random& random)
        : ReadTx(connection, caller, instants), ids_(ids), random_(random) {}

    // Runs a statement and returns the number of rows that it changed.
    template <class... A> std::int64_t run(Sql sql, const A&... arguments) {
        const std::array<db::Value, sizeof...(A)> values{db::to_value(arguments)...};
        auto ignore = [](const db::Row&) {};
        return connection_.run({sql.text()}, values, ignore);
    }

    // Runs a statement whose result is not needed.
    template <class... A> void defer(Sql sql, const A&... arguments) {
        const std::array<db::Value, sizeof...(A)> values{db::to_value(arguments)...};
        connection_.defer({sql.text()}, values);
    }
    void defer(const Query& query) { connection_.defer({query.text(), db::Statement::Lifetime::call}, query.values()); }

    // From here on, transactions that name the same thing of the organization run one after the other, until they end.
    // For what a locking read cannot lock, because it is not there yet. It travels with the next `run`.
    void take_turns(std::string_view thing) { connection_.take_turns(organization().value + ' ' + std::string(thing)); }

    // Stores a new entity in all its columns.
    template <Described T> void insert(Sql table, const T& entity) { store(table, db::insertion<T>, entity); }

    // Stores all columns of an entity again. Its table is keyed by (organization_id, id).
    template <Described T> void update(Sql table, const T& entity) { store(table, db::alteration<T>, entity); }

    // Stores an entity in all its columns, whether it is new or known. Its table is keyed by (organization_id, id).
    template <Described T> void upsert(Sql table, const T& entity) { store(table, db::upsertion<T>, entity); }

    // What happens from here on happens no earlier: the clock of the node that stored what was read may be ahead.
    void not_before(Time earliest) { raise_now(earliest); }

    template <class Identity> Identity new_id() { return {ids_.next(now())}; }
    [[nodiscard]] Random& random() { return random_; }

    // Wakes the runner after the commit if it would otherwise sleep beyond `due`.
    void alarm(Time due) { earliest_alarm_ = earliest_alarm_ ? std::min(*earliest_alarm_, due) : due; }
    [[nodiscard]] std::optional<Time> earliest_alarm() const { return earliest_alarm_; }

    // State of one kind that lives as long as this transaction. Its `flush(WriteTx&)` runs before the commit.
    template <class T> T& scratch() {
        for (auto& kept : scratch_) {
            if (auto* found = std::any_cast<std::shared_ptr<T>>(&kept.state)) return **found;
        }
        auto fresh = std::make_shared<T>();
        scratch_.push_back({fresh, [&state = *fresh](WriteTx& tx) { state.flush(tx); }});
        return *fresh;
    }

    // Called by the bridge when the body has returned, before the commit.
    void finish() {
        for (std::size_t index = 0; index < scratch_.size(); ++index) scratch_[index].flush(*this);
    }

private:
    struct Scratch {
        std::any state;
        std::function<void(WriteTx&)> flush;
    };

    template <Described T> void store(Sql table, db::Composer compose, const T& entity) {
        connection_.defer({db::composed_once(table, compose)}, values_of(entity));
    }

    template <Described T> static std::vector<db::Value> values_of(const T& entity) {
        std::vector<db::Value> values;
        values.reserve(static_cast<std::size_t>(db::column_count<T>()));
        for_each_field<T>([&](const auto& field) {
            if (!field.is(unstored)) values.push_back(db::to_value(entity.*field.member));
        });
        return values;
    }

    IdMaker& ids_;
    Random& random_;
    std::optional<Time> earliest_alarm_;
    std::vector<Scratch> scratch_;
};

}  // namespace etapa
