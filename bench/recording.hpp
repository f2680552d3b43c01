#pragma once
// Statements as the server's functions ran them, and SQLite alone running the same again.

#include "db/sqlite.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace etapa::bench {

using SteadyClock = std::chrono::steady_clock;

// The writer of the server leaves the copying of its log to another thread; here SQLite does it, as often.
constexpr int checkpoint_pages = 1'000;

// Statements with their values, in the order in which they ran.
struct Recording {
    struct Run {
        std::size_t text;
        std::vector<db::Value> values;  // none of them a view
    };
    // Where a transaction ends, and the units (requests, timers) up to there.
    struct End {
        std::size_t runs;
        std::int64_t units;
    };
    std::vector<std::string> texts;
    std::vector<Run> runs;
    std::vector<End> ends;
};

// Passes on what it is asked to run, and notes it.
class Recorder final : public db::Connection {
public:
    Recorder(db::Connection& connection, Recording& into) : connection_(connection), into_(into) {}

    std::int64_t run(db::Statement statement, std::span<const db::Value> values, db::RowSink each) override {
        note(statement, values);
        return connection_.run(statement, values, each);
    }
    void defer(db::Statement statement, std::span<const db::Value> values) override {
        note(statement, values);
        connection_.defer(statement, values);
    }
    std::int64_t data_version() override { return connection_.data_version(); }

private:
    void note(db::Statement statement, std::span<const db::Value> values) {
        const auto [known, fresh] = known_.emplace(statement.text, into_.texts.size());
        if (fresh) into_.texts.push_back(db::in_sqlite(known->first));
        Recording::Run run{known->second, {values.begin(), values.end()}};
        for (auto& value : run.values) {
            if (const auto* view = std::get_if<std::string_view>(&value)) value = std::string(*view);
        }
        into_.runs.push_back(std::move(run));
    }

    db::Connection& connection_;
    Recording& into_;
    std::map<std::string, std::size_t> known_;
};

// SQLite without Etapa.
class Raw {
public:
    Raw(const std::string& file, const Recording& recording) : recording_(recording) {
        check(sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr));
        for (const auto& pragma : writer_pragmas(file)) {
            check(sqlite3_exec(handle_, pragma.c_str(), nullptr, nullptr, nullptr));
        }
        sqlite3_wal_hook(handle_, copy_log, &checkpoints_);
        for (const auto& text : recording.texts) prepare(text);
    }
    ~Raw() {
        for (const auto& statement : statements_) sqlite3_finalize(statement.handle);
        sqlite3_close(handle_);
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;

    // Until the time is over or, unless it begins again then, the recording is; the units done.
    enum class AtEnd : std::uint8_t { stop, begin_again };
    std::int64_t replay(std::chrono::seconds time, AtEnd at_end) {
        const auto deadline = SteadyClock::now() + time;
        std::int64_t units = 0;
        do {
            std::size_t next = 0;
            std::int64_t before = 0;
            for (const auto& end : recording_.ends) {
                for (; next < end.runs; ++next) run(recording_.runs[next]);
                units += end.units - std::exchange(before, end.units);
                if (SteadyClock::now() > deadline) return units;
            }
        } while (at_end == AtEnd::begin_again);
        return units;
    }

    [[nodiscard]] std::int64_t checkpoints() const { return checkpoints_; }

    // Each statement, how often it ran for one unit, and how long as a rule: the median, which neighbours on the
    // machine hardly disturb.
    boost::json::array profile(std::int64_t units) {
        boost::json::array list;
        for (std::size_t index = 0; index < statements_.size(); ++index) {
            auto& took = statements_[index].microseconds;
            const auto middle = took.begin() + static_cast<std::ptrdiff_t>(took.size() / 2);
            std::ranges::nth_element(took, middle);
            list.push_back({{"text", recording_.texts[index]},
                            {"perUnit", static_cast<double>(took.size()) / static_cast<double>(units)},
                            {"microseconds", *middle}});
        }
        return list;
    }

private:
    struct Statement {
        sqlite3_stmt* handle = nullptr;
        std::vector<int> places = {};          // of `$1`, `$2` …
        std::vector<float> microseconds = {};  // of each time that it ran
    };

    // What SQLite does by itself when it copies its log, and a count.
    static int copy_log(void* count, sqlite3* handle, const char* name, int pages) {
        if (pages < checkpoint_pages) return SQLITE_OK;
        ++*static_cast<std::int64_t*>(count);
        sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
        return SQLITE_OK;
    }

    void run(const Recording::Run& recorded) {
        const auto before = SteadyClock::now();
        auto& statement = statements_[recorded.text];
        for (std::size_t index = 0; index < recorded.values.size(); ++index) {
            bind(statement.handle, statement.places[index], recorded.values[index]);
        }
        while (sqlite3_step(statement.handle) == SQLITE_ROW) continue;
        check(sqlite3_reset(statement.handle));
        statement.microseconds.push_back(std::chrono::duration<float, std::micro>(SteadyClock::now() - before).count());
    }

    // The settings of the server's writer, asked from a connection of that kind.
    static std::vector<std::string> writer_pragmas(const std::string& file) {
        db::SqliteConnection connection(file, db::Access::write);
        std::vector<std::string> pragmas;
        for (const std::string name :
             {"synchronous", "foreign_keys", "temp_store", "cache_size", "mmap_size", "journal_size_limit"}) {
            const std::string text = "PRAGMA " + name;
            auto keep = [&](const db::Row& row) { pragmas.push_back(text + " = " + std::to_string(row.integer(0))); };
            connection.run({text, db::Statement::Lifetime::call}, {}, keep);
        }
        return pragmas;
    }

    void prepare(const std::string& text) {
        Statement statement;
        check(sqlite3_prepare_v3(handle_, text.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement.handle, nullptr));
        for (int number = 1; number <= sqlite3_bind_parameter_count(statement.handle); ++number) {
            const auto name = '$' + std::to_string(number);
            statement.places.push_back(sqlite3_bind_parameter_index(statement.handle, name.c_str()));
        }
        statements_.push_back(std::move(statement));
    }

    static void bind(sqlite3_stmt* handle, int place, const db::Value& value) {
        if (const auto* text = std::get_if<std::string>(&value)) {
            sqlite3_bind_text(handle, place, text->c_str(), static_cast<int>(text->size()), SQLITE_STATIC);
        } else if (const auto* real = std::get_if<double>(&value)) {
            sqlite3_bind_double(handle, place, *real);
        } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            sqlite3_bind_int64(handle, place, *integer);
        } else if (const auto* boolean = std::get_if<bool>(&value)) {
            sqlite3_bind_int(handle, place, *boolean ? 1 : 0);
        } else {
            sqlite3_bind_null(handle, place);
        }
    }

    void check(int outcome) const {
        if (outcome != SQLITE_OK) throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(handle_));
    }

    const Recording& recording_;
    sqlite3* handle_ = nullptr;
    std::vector<Statement> statements_;
    std::int64_t checkpoints_ = 0;
};

}  // namespace etapa::bench
