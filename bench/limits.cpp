// The base lines of bench/run: what is left of a request when HTTP, keys, queue and threads are taken away.
//
//     limits call FILE ORGANIZATION METHOD PATH < BODIES > ANSWERS
//     limits requests FILE ORGANIZATION METHOD PATH < BODIES
//     limits timers FILE ORGANIZATION
//
// `call` runs a request per line in the database FILE and prints the answers: the data of the bench are made with it.
// The other two print the speed of two runs as JSON, each on a fresh copy of FILE, with the transactions of the server:
// 64 requests or 100 timers, one commit. `inside` runs the server's own functions on a bare connection, from the text
// of the body to the text of the answer. `raw` is SQLite alone: the very statements and values that `inside` led to,
// already prepared, their rows stepped over and not read.

#include "api/resources.hpp"
#include "crm/jobs/store.hpp"
#include "db/sqlite.hpp"
#include "flow/timers.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sqlite3.h>
#include <sys/resource.h>

namespace {

using namespace etapa;
namespace json = boost::json;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t requests_per_commit = 64;  // DatabaseSettings::bodies_per_commit_max
constexpr std::int64_t timers_per_commit = 100;  // the runner's batch

// Statements with their values, in the order in which they ran.
struct Recording {
    struct Run {
        std::size_t text;
        std::vector<db::Value> values;  // none of them a view
    };
    std::vector<std::string> texts;
    std::vector<Run> runs;
};

std::string in_sqlite(std::string text) {
    for (const std::string_view token : {"{for_update}", "{skip_locked}"}) {
        const auto at = text.find(token);
        if (at != std::string::npos) text.erase(at, token.size());
    }
    return text;
}

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
        if (fresh) into_.texts.push_back(in_sqlite(known->first));
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

// The inside of one transaction. Returns how many units (requests, timers) it did; 0 when nothing is left to do.
using Transaction = std::function<std::int64_t(db::Connection&)>;

// What transactions need from their surroundings.
struct Surroundings {
    SystemClock clock;
    SystemRandom random;
    IdMaker ids{random};
    Caller caller;
};

// Runs the bodies given, one after the other, through the handler of a route.
class Requests {
public:
    Requests(Surroundings& surroundings, net::Method method, std::string_view path, std::vector<std::string> bodies)
        : surroundings_(surroundings), bodies_(std::move(bodies)) {
        api::all_resources(router_);
        route_ = router_.match(method, path).route;
        if (route_ == nullptr || route_->work != api::Work::write) throw std::runtime_error("no such route");
    }

    std::int64_t operator()(db::Connection& connection) {
        const auto begin = next_;
        const auto end = std::min(begin + requests_per_commit, bodies_.size());
        for (; next_ < end; ++next_) answer(connection, bodies_[next_]);
        return static_cast<std::int64_t>(end - begin);
    }

    void begin_again() { next_ = 0; }
    void print_answers() { print_ = true; }

private:
    void answer(db::Connection& connection, const std::string& body) {
        api::Incoming incoming;
        incoming.body = json::parse(body).as_object();
        const auto call = route_->prepare(incoming);
        WriteTx tx(connection, surroundings_.caller, surroundings_.clock.now(), surroundings_.ids,
                   surroundings_.random);
        call->run(tx);
        tx.finish();
        response_.clear();
        call->reply(response_);
        if (print_) std::cout << response_.body << '\n';
    }

    Surroundings& surroundings_;
    std::vector<std::string> bodies_;
    api::Router router_;
    const api::Route* route_ = nullptr;
    net::Response response_;
    std::size_t next_ = 0;
    bool print_ = false;
};

std::int64_t fire_timers(Surroundings& surroundings, db::Connection& connection) {
    WriteTx tx(connection, surroundings.caller, surroundings.clock.now(), surroundings.ids, surroundings.random);
    const auto jobs = jobs::claim(tx, timers_per_commit);
    flow::timers::fire(tx, jobs);
    tx.finish();
    return static_cast<std::int64_t>(jobs.size());
}

double processor_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds_of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

// What this process has handed to the disk so far.
double written_kilobytes() {
    std::ifstream io("/proc/self/io");
    double bytes = 0;
    for (std::string name; name != "write_bytes:" && io >> name >> bytes;) continue;
    return bytes / 1'024;
}

// Time, processor time and written bytes since it was made.
class Watch {
public:
    [[nodiscard]] json::object result(std::int64_t units) const {
        const std::chrono::duration<double> span = SteadyClock::now() - start_;
        const auto count = static_cast<double>(units);
        return {{"count", units},
                {"perSecond", count / span.count()},
                {"cpuMicroseconds", (processor_seconds() - used_) * 1e6 / count},
                {"writtenKilobytes", (written_kilobytes() - written_) / count}};
    }

private:
    SteadyClock::time_point start_ = SteadyClock::now();
    double used_ = processor_seconds();
    double written_ = written_kilobytes();
};

// The writer of the server leaves the copying of its log to another thread; here SQLite does it.
constexpr auto checkpoint_pragma = "PRAGMA wal_autocheckpoint = 4000";

std::int64_t run_all(db::Connection& connection, const Transaction& transaction) {
    std::int64_t total = 0;
    std::int64_t done = 0;
    do {
        connection.defer({"BEGIN IMMEDIATE"}, {});
        done = transaction(connection);
        connection.defer({"COMMIT"}, {});
        total += done;
    } while (done > 0);
    return total;
}

// A copy that goes with the object.
class Copy {
public:
    Copy(const std::string& file, std::string_view suffix) : file_(file + std::string(suffix)) {
        std::filesystem::copy_file(file, file_, std::filesystem::copy_options::overwrite_existing);
    }
    ~Copy() {
        for (const auto* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + end);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    [[nodiscard]] const std::string& file() const { return file_; }

private:
    std::string file_;
};

json::object measure_inside(const std::string& file, const Transaction& transaction) {
    const Copy copy(file, ".inside");
    db::SqliteConnection connection(copy.file(), db::Access::write);
    connection.execute_script(checkpoint_pragma);
    const Watch watch;
    return watch.result(run_all(connection, transaction));
}

Recording record(const std::string& file, const Transaction& transaction) {
    const Copy copy(file, ".recorded");
    db::SqliteConnection connection(copy.file(), db::Access::write);
    Recording recording;
    Recorder recorder(connection, recording);
    run_all(recorder, transaction);
    return recording;
}

// SQLite without Etapa.
class Raw {
public:
    Raw(const std::string& file, const Recording& recording) : recording_(recording) {
        check(sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr));
        for (const auto& pragma : writer_pragmas(file)) {
            check(sqlite3_exec(handle_, pragma.c_str(), nullptr, nullptr, nullptr));
        }
        check(sqlite3_exec(handle_, checkpoint_pragma, nullptr, nullptr, nullptr));
        for (const auto& text : recording.texts) prepare(text);
    }
    ~Raw() {
        for (const auto& statement : statements_) sqlite3_finalize(statement.handle);
        sqlite3_close(handle_);
    }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;

    void replay() {
        auto before = SteadyClock::now();
        for (const auto& run : recording_.runs) {
            auto& statement = statements_[run.text];
            for (std::size_t index = 0; index < run.values.size(); ++index) {
                bind(statement.handle, statement.places[index], run.values[index]);
            }
            while (sqlite3_step(statement.handle) == SQLITE_ROW) continue;
            check(sqlite3_reset(statement.handle));
            const auto now = SteadyClock::now();
            statement.microseconds.push_back(std::chrono::duration<float, std::micro>(now - before).count());
            before = now;
        }
    }

    // Each statement, how often it ran for one unit, and how long as a rule: the median, which neighbours on the
    // machine hardly disturb.
    json::array profile(std::int64_t units) {
        json::array list;
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
};

json::object measure_raw(const std::string& file, const Recording& recording, std::int64_t units) {
    const Copy copy(file, ".raw");
    Raw raw(copy.file(), recording);
    const Watch watch;
    raw.replay();
    auto result = watch.result(units);
    result["statements"] = raw.profile(units);
    return result;
}

void print_limits(const std::string& file, const Transaction& transaction, const std::function<void()>& begin_again) {
    const auto inside = measure_inside(file, transaction);
    begin_again();
    const auto recording = record(file, transaction);
    const auto raw = measure_raw(file, recording, inside.at("count").as_int64());
    std::cout << json::serialize(json::object{{"inside", inside}, {"raw", raw}}) << '\n';
}

net::Method method_of(std::string_view name) {
    for (const auto method : {net::Method::post, net::Method::put, net::Method::patch, net::Method::del}) {
        if (net::name_of(method) == name) return method;
    }
    throw std::runtime_error("unknown method");
}

std::vector<std::string> lines_of(std::istream& input) {
    std::vector<std::string> lines;
    for (std::string line; std::getline(input, line);) lines.push_back(line);
    return lines;
}

int run(const std::vector<std::string>& arguments) {
    const bool timers = arguments.size() == 4 && arguments[1] == "timers";
    const bool requests = arguments.size() == 6 && (arguments[1] == "requests" || arguments[1] == "call");
    if (!timers && !requests) {
        std::cerr << "limits call|requests FILE ORGANIZATION METHOD PATH < BODIES, limits timers FILE ORGANIZATION\n";
        return 2;
    }
    const auto& file = arguments[2];
    Surroundings surroundings;
    surroundings.caller = {{arguments[3]}, {ActorKind::api, "bench"}, "bench"};
    if (timers) {
        print_limits(file, [&](db::Connection& connection) { return fire_timers(surroundings, connection); }, [] {});
        return 0;
    }
    Requests work(surroundings, method_of(arguments[4]), arguments[5], lines_of(std::cin));
    if (arguments[1] == "requests") {
        print_limits(file, std::ref(work), [&] { work.begin_again(); });
        return 0;
    }
    work.print_answers();
    db::SqliteConnection connection(file, db::Access::write);
    run_all(connection, std::ref(work));
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run({arguments, arguments + count});
    } catch (const std::exception& failure) {
        std::cerr << "limits: " << failure.what() << '\n';
        return 1;
    }
}
