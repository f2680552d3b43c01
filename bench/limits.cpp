// The base lines of bench/run: what is left of a request when HTTP, keys, queue and threads are taken away.
//
//     limits call FILE ORGANIZATION METHOD PATH < LINES > ANSWERS
//     limits requests FILE ORGANIZATION METHOD PATH SECONDS once|again < LINES
//     limits timers FILE ORGANIZATION
//
// A line is a body, or a path, a tab and a body. `call` runs a request per line in the database FILE and prints the
// answers. The other two print the speed of two runs as JSON, each on a fresh copy of FILE, with the transactions of
// the server: 64 requests or 100 timers, one commit. `inside` runs the server's own functions on a bare connection,
// from the text of the body to the text of the answer. `raw` is SQLite alone: the very statements and values that
// `inside` led to, savepoints included, already prepared, their rows stepped over and not read; `again` lets it replay
// them once more while there is time.

#include "crm/jobs/store.hpp"
#include "flow/timers.hpp"
#include "handlers.hpp"
#include "recording.hpp"

#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <sys/resource.h>

namespace {

using namespace etapa;
using namespace etapa::bench;
namespace json = boost::json;  // not etapa::json

constexpr std::size_t requests_per_commit = 64;  // DatabaseSettings::bodies_per_commit_max
constexpr std::int64_t timers_per_commit = 100;  // the runner's batch
constexpr std::int64_t recorded_max = 600'000;   // what the memory of a machine holds

// The inside of one transaction. Returns how many units (requests, timers) it did; 0 when nothing is left to do.
using Transaction = std::function<std::int64_t(db::Connection&)>;

// Goes through the lines, again from the beginning for each run.
class Requests {
public:
    Requests(Handlers& handlers, std::vector<std::string> lines) : handlers_(handlers), lines_(std::move(lines)) {}

    std::int64_t operator()(db::Connection& connection) {
        const auto begin = next_;
        const auto end = std::min(begin + requests_per_commit, lines_.size());
        for (; next_ < end; ++next_) {
            const auto& answer = handlers_.answer(connection, lines_[next_]);
            if (print_) std::cout << answer << '\n';
        }
        return static_cast<std::int64_t>(end - begin);
    }

    void begin_again() { next_ = 0; }
    void print_answers() { print_ = true; }

private:
    Handlers& handlers_;
    std::vector<std::string> lines_;
    std::size_t next_ = 0;
    bool print_ = false;
};

std::int64_t fire_timers(Surroundings& surroundings, db::Connection& connection) {
    connection.defer({"SAVEPOINT body"}, {});
    WriteTx tx(connection, surroundings.caller, surroundings.instants, surroundings.ids, surroundings.random);
    const auto jobs = jobs::claim(tx, timers_per_commit);
    flow::timers::fire(tx, jobs);
    tx.finish();
    connection.defer({"RELEASE body"}, {});
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

// How long a run lasts: until the time is over, or so many units are done, or nothing is left to do.
struct Length {
    std::optional<std::chrono::seconds> time;
    std::int64_t units_max = INT64_MAX;
};

std::int64_t run_all(db::Connection& connection, const Transaction& transaction, const Length& length,
                     const std::function<void(std::int64_t)>& after = {}) {
    const auto start = SteadyClock::now();
    std::int64_t total = 0;
    while (total < length.units_max && !(length.time && SteadyClock::now() - start > *length.time)) {
        connection.defer({"BEGIN IMMEDIATE"}, {});
        const auto done = transaction(connection);
        connection.defer({"COMMIT"}, {});
        total += done;
        if (done == 0) break;
        if (after) after(total);
    }
    return total;
}

// A copy that goes with the object.
class Copy {
public:
    Copy(const std::string& file, std::string_view suffix) : file_(file + std::string(suffix)) {
        std::filesystem::copy_file(file, file_, std::filesystem::copy_options::overwrite_existing);
        // Else the kernel writes gigabytes of it while commits are flushed.
        db::SqliteConnection(file_, db::Access::write).flush_file();
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

void set_checkpoints(db::SqliteConnection& connection, const std::string& more = "") {
    connection.execute_script("PRAGMA wal_autocheckpoint = " + std::to_string(checkpoint_pages) + ';' + more);
}

json::object measure_inside(const std::string& file, const Transaction& transaction, const Length& length) {
    const Copy copy(file, ".inside");
    db::SqliteConnection connection(copy.file(), db::Access::write);
    set_checkpoints(connection);
    const Watch watch;
    return watch.result(run_all(connection, transaction, length));
}

Recording record(const std::string& file, const Transaction& transaction, std::int64_t units_max) {
    const Copy copy(file, ".recorded");
    db::SqliteConnection connection(copy.file(), db::Access::write);
    set_checkpoints(connection, "PRAGMA synchronous = OFF");
    Recording recording;
    Recorder recorder(connection, recording);
    run_all(recorder, transaction, {.time = {}, .units_max = units_max},
            [&](std::int64_t units) { recording.ends.push_back({recording.runs.size(), units}); });
    return recording;
}

json::object measure_raw(const std::string& file, const Recording& recording, std::chrono::seconds time,
                         Raw::AtEnd at_end) {
    const Copy copy(file, ".raw");
    Raw raw(copy.file(), recording);
    const Watch watch;
    const auto units = raw.replay(time, at_end);
    auto result = watch.result(units);
    result["checkpoints"] = raw.checkpoints();
    result["statementsEach"] =
        static_cast<double>(recording.ends.back().runs) / static_cast<double>(recording.ends.back().units);
    result["statements"] = raw.profile(units);
    return result;
}

void print_limits(const json::object& inside, const json::object& raw) {
    std::cout << json::serialize(json::object{{"inside", inside}, {"raw", raw}}) << '\n';
}

void measure_timers(const std::string& file, Surroundings& surroundings) {
    const auto fire = [&](db::Connection& connection) { return fire_timers(surroundings, connection); };
    const auto inside = measure_inside(file, fire, {});
    print_limits(inside, measure_raw(file, record(file, fire, recorded_max), std::chrono::hours(1), Raw::AtEnd::stop));
}

void measure_requests(const std::string& file, Requests& requests, std::chrono::seconds time, Raw::AtEnd at_end) {
    const auto inside = measure_inside(file, std::ref(requests), {.time = time, .units_max = INT64_MAX});
    requests.begin_again();
    // SQLite alone is faster, but hardly twice as fast.
    const auto wanted = at_end == Raw::AtEnd::begin_again ? recorded_max / 4 : inside.at("count").as_int64() * 2;
    const auto recording = record(file, std::ref(requests), std::min(wanted, recorded_max));
    print_limits(inside, measure_raw(file, recording, time, at_end));
}

std::vector<std::string> lines_of(std::istream& input) {
    std::vector<std::string> lines;
    for (std::string line; std::getline(input, line);) lines.push_back(line);
    return lines;
}

int run(const std::vector<std::string>& arguments) {
    const std::string command = arguments.size() < 4 ? "" : arguments[1];
    const bool timers = command == "timers" && arguments.size() == 4;
    const bool call = command == "call" && arguments.size() == 6;
    const bool measure = command == "requests" && arguments.size() == 8;
    if (!timers && !call && !measure) {
        std::cerr << "limits call FILE ORGANIZATION METHOD PATH < LINES\n"
                     "limits requests FILE ORGANIZATION METHOD PATH SECONDS once|again < LINES\n"
                     "limits timers FILE ORGANIZATION\n";
        return 2;
    }
    const auto& file = arguments[2];
    Surroundings surroundings;
    surroundings.caller = {{arguments[3]}, {ActorKind::api, "bench"}, "bench"};
    if (timers) {
        measure_timers(file, surroundings);
        return 0;
    }
    Handlers handlers(surroundings, method_of(arguments[4]), arguments[5]);
    Requests requests(handlers, lines_of(std::cin));
    if (measure) {
        measure_requests(file, requests, std::chrono::seconds(std::stoll(arguments[6])),
                         arguments[7] == "again" ? Raw::AtEnd::begin_again : Raw::AtEnd::stop);
        return 0;
    }
    requests.print_answers();
    db::SqliteConnection connection(file, db::Access::write);
    run_all(connection, std::ref(requests), {});
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
