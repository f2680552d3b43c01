#include "db/sqlite.hpp"

#include <array>
#include <list>
#include <mutex>
#include <sqlite3.h>
#include <thread>
#include <unordered_map>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

// Measured: docs/decisions/0002.
constexpr auto file_pragmas = "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL;";
constexpr auto connection_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
    "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 268435456;";
constexpr auto writer_pragmas = "PRAGMA cache_size = -65536;";
constexpr auto reader_pragmas = "PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA mmap_size = 2147483648;";

// Another process may hold the write lock nearly all the time, so one that waits looks about every millisecond:
// SQLite's own handler soon looks only every 100 ms, and would starve beside a busy server.
int wait_for_lock(void* times_max, int times_before) {
    if (times_before >= *static_cast<const int*>(times_max)) return 0;
    std::this_thread::sleep_for(1ms);
    return 1;
}

int count_pages(void* pages, sqlite3*, const char*, int pages_in_log) {
    *static_cast<int*>(pages) = pages_in_log;
    return SQLITE_OK;
}

int is_late(void* deadline) {
    const auto& limit = *static_cast<const std::optional<SqliteConnection::Deadline>*>(deadline);
    return limit && std::chrono::steady_clock::now() > *limit ? 1 : 0;
}

class SqliteRow final : public Row {
public:
    explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] bool is_null(int column) const override {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    [[nodiscard]] std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
    [[nodiscard]] double real(int column) const override { return sqlite3_column_double(statement_, column); }
    [[nodiscard]] bool boolean(int column) const override { return sqlite3_column_int(statement_, column) != 0; }
    [[nodiscard]] std::string_view text(int column) const override {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    [[nodiscard]] std::span<const std::byte> bytes(int column) const override {
        return std::as_bytes(std::span(text(column)));
    }

private:
    sqlite3_stmt* statement_;
};

struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// Leaves a statement ready for its next run, whatever happened in this one.
class Reset {
public:
    explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
    ~Reset() { sqlite3_reset(statement_); }
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;

private:
    sqlite3_stmt* statement_;
};

}  // namespace

std::string in_sqlite(std::string_view statement) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> tokens{
        {{"{for_update}", ""},
         {"{for_share}", ""},
         {"{skip_locked}", ""},
         {"{oldest_running}", "9223372036854775807"}}};
    std::string own(statement);
    for (const auto& [token, meaning] : tokens) {
        for (auto at = own.find(token); at != std::string::npos; at = own.find(token, at + meaning.size())) {
            own.replace(at, token.size(), meaning);
        }
    }
    return own;
}

struct SqliteConnection::Prepared {
    std::string text;
    std::unique_ptr<sqlite3_stmt, Finalize> statement;
    std::vector<int> places;                 // of `$1`, `$2` … SQLite numbers them by first appearance
    std::vector<const char*> program_texts;  // the literals that led here
};

// The statements prepared before, the least recently used out first.
class SqliteConnection::Statements {
public:
    Prepared* find(Statement wanted) {
        const auto found =
            by_address_.find(wanted.lifetime == Statement::Lifetime::program ? wanted.text.data() : nullptr);
        return found == by_address_.end() ? find_text(wanted) : used(found->second);
    }

    Prepared& add(Statement wanted, Prepared prepared) {
        constexpr std::size_t statements_max = 512;
        if (recent_.size() == statements_max) forget_oldest();
        recent_.push_front(std::move(prepared));
        by_text_.emplace(recent_.front().text, recent_.begin());
        remember_address(wanted, recent_.begin());
        return recent_.front();
    }

private:
    using Place = std::list<Prepared>::iterator;

    Prepared* used(Place place) {
        recent_.splice(recent_.begin(), recent_, place);
        return &*place;
    }

    Prepared* find_text(Statement wanted) {
        const auto found = by_text_.find(wanted.text);
        if (found == by_text_.end()) return nullptr;
        remember_address(wanted, found->second);
        return used(found->second);
    }

    void remember_address(Statement wanted, Place place) {
        if (wanted.lifetime != Statement::Lifetime::program) return;
        by_address_.emplace(wanted.text.data(), place);
        place->program_texts.push_back(wanted.text.data());
    }

    void forget_oldest() {
        for (const char* address : recent_.back().program_texts) by_address_.erase(address);
        by_text_.erase(recent_.back().text);
        recent_.pop_back();
    }

    std::list<Prepared> recent_;
    std::unordered_map<std::string_view, Place> by_text_;
    std::unordered_map<const char*, Place> by_address_;
};

SqliteConnection::SqliteConnection(const std::string& file, Access access)
    : file_(file), statements_(std::make_unique<Statements>()) {
    // Counting every allocation under one lock would slow all threads; nobody reads the count.
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
    try {
        open(file, access);
    } catch (...) {
        sqlite3_close_v2(handle_);
        throw;
    }
}

SqliteConnection::~SqliteConnection() {
    statements_.reset();
    sqlite3_close_v2(handle_);
}

void SqliteConnection::open(const std::string& file, Access access) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (access == Access::create ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
        throw Unusable("The database file " + file + " cannot be opened (" + sqlite3_errmsg(handle_) +
                       "). Check that it exists and that its directory may be written, or run `etapa migrate`.");
    }
    if (sqlite3_db_readonly(handle_, "main") == 1) {
        throw Unusable("The database file " + file + " may not be written. Give the user who runs etapa that right.");
    }
    sqlite3_busy_handler(handle_, wait_for_lock, &lock_looks_max_);
    constexpr int instructions_between_looks = 1'000;
    sqlite3_progress_handler(handle_, instructions_between_looks, is_late, &deadline_);
    if (access == Access::create) prepare_file();
    execute_script(connection_pragmas);
    execute_script(access == Access::read ? reader_pragmas : writer_pragmas);
    sqlite3_wal_hook(handle_, count_pages, &log_pages_);
}

// Several processes that create the file at once refuse each other here without asking the busy handler.
void SqliteConnection::prepare_file() {
    const auto is_locked = [&] {
        return sqlite3_exec(handle_, file_pragmas, nullptr, nullptr, nullptr) == SQLITE_BUSY;
    };
    int times = 0;
    while (is_locked() && wait_for_lock(&lock_looks_max_, times)) ++times;
    if (sqlite3_errcode(handle_) != SQLITE_OK) refuse("the settings of the file");
}

std::int64_t SqliteConnection::run(Statement statement, std::span<const Value> parameters, RowSink each) {
    ++statements_run_;
    Prepared* prepared = statements_->find(statement);
    if (prepared == nullptr) {
        Prepared fresh{.text = std::string(statement.text), .statement = {}, .places = {}, .program_texts = {}};
        const std::string text = in_sqlite(statement.text);
        sqlite3_stmt* handle = nullptr;
        const char* rest = nullptr;
        if (sqlite3_prepare_v3(handle_, text.c_str(), static_cast<int>(text.size() + 1), SQLITE_PREPARE_PERSISTENT,
                               &handle, &rest) != SQLITE_OK) {
            refuse(statement.text);
        }
        fresh.statement.reset(handle);
        ensure(handle != nullptr && *rest == '\0', "a statement is exactly one statement");
        for (int number = 1; number <= sqlite3_bind_parameter_count(handle); ++number) {
            fresh.places.push_back(sqlite3_bind_parameter_index(handle, ('$' + std::to_string(number)).c_str()));
        }
        prepared = &statements_->add(statement, std::move(fresh));
    }
    sqlite3_stmt* handle = prepared->statement.get();
    ensure(sqlite3_stmt_busy(handle) == 0, "a row callback does not run its own statement again");
    bind(*prepared, parameters);
    const Reset reset(handle);
    const SqliteRow row(handle);
    int outcome = 0;
    while ((outcome = sqlite3_step(handle)) == SQLITE_ROW) each(row);
    if (outcome != SQLITE_DONE) refuse(statement.text);
    return sqlite3_stmt_readonly(handle) != 0 ? 0 : sqlite3_changes64(handle_);
}

void SqliteConnection::defer(Statement statement, std::span<const Value> parameters) {
    auto ignore = [](const Row&) {};
    run(statement, parameters, ignore);
}

// The texts are not copied: they live until the statement has run, and the next run binds all of them again.
void SqliteConnection::bind(Prepared& prepared, std::span<const Value> parameters) {
    ensure(parameters.size() == prepared.places.size(), "a statement gets as many values as it has parameters");
    sqlite3_stmt* handle = prepared.statement.get();
    for (std::size_t index = 0; index < parameters.size(); ++index) {
        const int place = prepared.places[index];
        const auto bind_text = [&](std::string_view text) {
            // A null pointer would bind NULL, but an empty text is a text.
            return sqlite3_bind_text(handle, place, text.data() == nullptr ? "" : text.data(),
                                     static_cast<int>(text.size()), SQLITE_STATIC);
        };
        const int outcome = std::visit(
            [&]<class V>(const V& value) {
                if constexpr (std::is_same_v<V, std::monostate>)
                    return sqlite3_bind_null(handle, place);
                else if constexpr (std::is_same_v<V, double>)
                    return sqlite3_bind_double(handle, place, value);
                else if constexpr (std::is_integral_v<V>)
                    return sqlite3_bind_int64(handle, place, value);
                else if constexpr (std::is_same_v<V, std::span<const std::byte>>)
                    return value.empty()
                               ? sqlite3_bind_zeroblob(handle, place, 0)
                               : sqlite3_bind_blob64(handle, place, value.data(), value.size(), SQLITE_STATIC);
                else
                    return bind_text(value);
            },
            parameters[index]);
        if (outcome != SQLITE_OK) refuse(prepared.text);
    }
}

std::int64_t SqliteConnection::data_version() {
    std::int64_t version = 0;
    auto keep = [&](const Row& row) { version = row.integer(0); };
    run({"PRAGMA data_version"}, {}, keep);
    return version;
}

void SqliteConnection::execute(Sql statement) { defer({statement.text()}, {}); }

void SqliteConnection::execute_script(const std::string& statements) {
    if (sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) refuse("a script");
}

bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void SqliteConnection::checkpoint() {
    const int outcome = sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (outcome == SQLITE_BUSY || outcome == SQLITE_LOCKED) return;  // another one is at it
    if (outcome != SQLITE_OK) refuse("a checkpoint");
}

void SqliteConnection::flush_file() {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(handle_, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
    if (file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) != SQLITE_OK) {
        throw SyncFailed("The database file " + file_ + " could not be written to the disk.");
    }
}

void SqliteConnection::refuse(std::string_view doing) const {
    // What stands beside an open file has no room; SQLite calls it an I/O error.
    const bool is_full = sqlite3_extended_errcode(handle_) == SQLITE_IOERR_SHMSIZE;
    const std::string reason = is_full ? "the disk is full" : sqlite3_errmsg(handle_);
    if (sqlite3_extended_errcode(handle_) == SQLITE_IOERR_FSYNC) {
        throw SyncFailed("The database cannot do this now: " + reason + ".");
    }
    switch (sqlite3_errcode(handle_) & 0xFF) {
        case SQLITE_CONSTRAINT: throw ConstraintViolated(reason + " in: " + std::string(doing));
        case SQLITE_INTERRUPT: throw StoreUnavailable("The transaction took longer than it may.");
        case SQLITE_NOTADB:
            throw Unusable("The file " + file_ + " is not an SQLite database. Give another path with --database.");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_NOMEM:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PROTOCOL:
        case SQLITE_CORRUPT: throw StoreUnavailable("The database cannot do this now: " + reason + ".");
        default: throw std::logic_error("SQLite refused a statement (" + reason + "): " + std::string(doing));
    }
}

}  // namespace etapa::db
