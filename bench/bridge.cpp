// How much of SQLite's own speed the bridge leaves over: the statements of a move, through `Database::write` with a
// number of bodies in flight, and beside them the same statements on a bare connection, one or 64 per commit.
//
//     bridge DIRECTORY [CONVERSATIONS [SECONDS [ROUNDS]]]
//
// prints one line per variant: the medians of the rounds, which are interleaved. Processor time and written bytes per
// move are the figures to compare on a machine that does other things too.

#include "db/database.hpp"
#include "db/migrate.hpp"
#include "db/sqlite.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sys/resource.h>

namespace {

using namespace etapa;
namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr std::array schema{db::Migration{
    .name = "0001_bench",
    .text =
        "CREATE TABLE conversation (organization_id TEXT NOT NULL, id TEXT NOT NULL, agent_id TEXT NOT NULL, status "
        "TEXT NOT "
        "NULL, title TEXT NOT NULL, updated_at BIGINT NOT NULL, PRIMARY KEY (organization_id, id)) {clustered};"
        "CREATE INDEX conversation_by_status ON conversation (organization_id, status, updated_at);"
        "CREATE INDEX conversation_by_agent ON conversation (organization_id, agent_id, updated_at);"
        "CREATE INDEX conversation_by_time ON conversation (organization_id, updated_at);"
        "CREATE TABLE placement (organization_id TEXT NOT NULL, conversation_id TEXT NOT NULL, step_id TEXT NOT NULL, "
        "entered_at BIGINT NOT NULL, PRIMARY KEY (organization_id, conversation_id)) {clustered};"
        "CREATE TABLE job (organization_id TEXT NOT NULL, name TEXT NOT NULL, due_at BIGINT NOT NULL, PRIMARY KEY "
        "(organization_id, name)) {clustered};"
        "CREATE TABLE stay (organization_id TEXT NOT NULL, id TEXT NOT NULL, conversation_id TEXT NOT NULL, step_id "
        "TEXT NOT "
        "NULL, entered_at BIGINT NOT NULL, PRIMARY KEY (organization_id, id)) {clustered};"
        "CREATE TABLE event (number {sequence}, organization_id TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT "
        "NULL);"}};

std::string conversation(std::int64_t number) {
    std::mt19937_64 scatter(static_cast<std::uint64_t>(number));
    return "c" + std::to_string(scatter()) + std::to_string(number);
}

void fill(WriteTx& tx, std::int64_t from, std::int64_t to) {
    for (std::int64_t number = from; number < to; ++number) {
        tx.run("INSERT INTO conversation VALUES ($1, $2, $3, 'UNRESOLVED', 'A title of usual length', $4)",
               tx.organization(), conversation(number), "agent" + std::to_string(number % 20),
               tx.now() + Duration{number});
    }
}

void move(WriteTx& tx, const std::string& id) {
    tx.one<std::string>(
        "UPDATE conversation SET updated_at = $1 WHERE organization_id = $2 AND id = $3 RETURNING title", tx.now(),
        tx.organization(), id);
    tx.run(
        "INSERT INTO placement VALUES ($1, $2, $3, $4) ON CONFLICT DO UPDATE SET step_id = excluded.step_id, "
        "entered_at = "
        "excluded.entered_at",
        tx.organization(), id, "step", tx.now());
    tx.run("INSERT INTO job VALUES ($1, $2, $3) ON CONFLICT DO UPDATE SET due_at = excluded.due_at", tx.organization(),
           "timer:" + id, tx.now() + seconds(60));
    tx.run("INSERT INTO stay VALUES ($1, $2, $3, $4, $5)", tx.organization(), tx.new_id<Id<struct Stay>>(), id, "step",
           tx.now());
    tx.run("INSERT INTO event (organization_id, kind, detail) VALUES ($1, 'step.entered', $2)", tx.organization(), id);
}

using Found = std::tuple<std::string, std::string, std::string, Time>;

Found look(ReadTx& tx, const std::string& id) {
    return tx.one<Found>(
        "SELECT agent_id, status, title, updated_at FROM conversation WHERE organization_id = $1 AND id = $2",
        tx.organization(), id);
}

// What this process has used so far.
struct Used {
    double processor_microseconds = 0;
    double written_kilobytes = 0;

    static Used now() {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        const auto microseconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
        };
        std::ifstream io("/proc/self/io");
        std::string name;
        double value = 0;
        while (io >> name >> value && name != "write_bytes:") {
        }
        return {microseconds(usage.ru_utime) + microseconds(usage.ru_stime), value / 1'024};
    }
};

struct Figures {
    double per_second = 0;
    double half_milliseconds = 0;  // p50
    double most_milliseconds = 0;  // p99
    double worst_milliseconds = 0;
    double processor_microseconds = 0;
    double written_kilobytes = 0;
};

class Bench {
public:
    Bench(const std::string& directory, std::int64_t conversations, double cell_seconds)
        : conversations_(conversations), cell_(cell_seconds) {
        settings_.url = "sqlite:" + directory + "/bench.db";
        settings_.migrations = schema;
        std::filesystem::remove(directory + "/bench.db");
        db::migrate(env_, settings_.url, schema);
        Database database(env_, settings_, alarm_);
        constexpr std::int64_t at_once = 5'000;
        for (std::int64_t from = 0; from < conversations; from += at_once) {
            auto some = [&](WriteTx& tx) { fill(tx, from, std::min(from + at_once, conversations)); };
            database.write_now(caller_, some);
        }
    }

    // Without bridge, queue and threads; SQLite copies its log itself.
    Figures bare(int bodies_per_commit) {
        db::SqliteConnection connection(db::file_of(settings_.url), db::Access::write);
        connection.execute_script("PRAGMA wal_autocheckpoint = 4000");
        IdMaker ids(random_);
        db::Instants instants(clock_);
        begin();
        while (SteadyClock::now() < end_) {
            const auto start = SteadyClock::now();
            connection.execute("BEGIN IMMEDIATE");
            for (int body = 0; body < bodies_per_commit; ++body) {
                WriteTx tx(connection, caller_, instants, ids, random_);
                move(tx, any());
            }
            connection.execute("COMMIT");
            for (int body = 0; body < bodies_per_commit; ++body) took(start);
        }
        return figures();
    }

    Figures bridged(int in_flight) {
        Database database(env_, settings_, alarm_);
        asio::io_context io(1);
        begin();
        for (int count = 0; count < in_flight; ++count) asio::co_spawn(io, keep_moving(database), asio::detached);
        io.run();
        return figures();
    }

    // One row by its key, on the I/O thread's own connection.
    Figures reading() {
        Database database(env_, settings_, alarm_);
        begin();
        while (SteadyClock::now() < end_) {
            const auto start = SteadyClock::now();
            const std::string id = any();
            auto body = [&](ReadTx& tx) { return look(tx, id); };
            database.read_inline(0, caller_, body);
            took(start);
        }
        return figures();
    }

    Figures bare_reading() {
        db::SqliteConnection connection(db::file_of(settings_.url), db::Access::read);
        db::Instants instants(clock_);
        ReadTx tx(connection, caller_, instants);
        begin();
        while (SteadyClock::now() < end_) {
            const auto start = SteadyClock::now();
            look(tx, any());
            took(start);
        }
        return figures();
    }

private:
    asio::awaitable<void> keep_moving(Database& database) {
        while (SteadyClock::now() < end_) {
            const auto start = SteadyClock::now();
            const std::string id = any();
            auto body = [&](WriteTx& tx) { move(tx, id); };
            co_await database.write(caller_, body);
            took(start);
        }
    }

    std::string any() {
        return conversation(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(conversations_))));
    }

    void begin() {
        milliseconds_.clear();
        used_ = Used::now();
        begin_ = SteadyClock::now();
        end_ = begin_ + std::chrono::duration_cast<SteadyClock::duration>(std::chrono::duration<double>(cell_));
    }

    void took(SteadyClock::time_point start) {
        milliseconds_.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - start).count());
    }

    Figures figures() {
        const std::chrono::duration<double> span = SteadyClock::now() - begin_;
        std::ranges::sort(milliseconds_);
        const auto part = [&](double share) {
            return milliseconds_[static_cast<std::size_t>(share * static_cast<double>(milliseconds_.size() - 1))];
        };
        const Used used = Used::now();
        const auto moves = static_cast<double>(milliseconds_.size());
        return {moves / span.count(),
                part(.5),
                part(.99),
                part(1),
                (used.processor_microseconds - used_.processor_microseconds) / moves,
                (used.written_kilobytes - used_.written_kilobytes) / moves};
    }

    std::int64_t conversations_;
    double cell_;
    SystemClock clock_;
    Metrics metrics_;
    SeededRandom random_{1};
    Env env_{clock_, Log::silent(), metrics_, random_};
    Alarm alarm_{clock_};
    Caller caller_{{"organization"}, {}, "bench"};
    DatabaseSettings settings_;
    SteadyClock::time_point begin_;
    SteadyClock::time_point end_;
    std::vector<double> milliseconds_;
    Used used_;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void print(const std::string& name, const std::vector<Figures>& rounds) {
    const auto of = [&](double Figures::* member) {
        std::vector<double> values;
        for (const auto& round : rounds) values.push_back(round.*member);
        return median(values);
    };
    std::printf("%-12s %7.0f /s   p50 %7.2f ms   p99 %7.2f ms   worst %7.2f ms   %6.1f us cpu  %6.1f kB\n",
                name.c_str(), of(&Figures::per_second), of(&Figures::half_milliseconds),
                of(&Figures::most_milliseconds), of(&Figures::worst_milliseconds), of(&Figures::processor_microseconds),
                of(&Figures::written_kilobytes));
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::fputs("bridge DIRECTORY [CONVERSATIONS [SECONDS [ROUNDS]]]\n", stderr);
        return 2;
    }
    Bench bench(arguments[1], count > 2 ? std::stoll(arguments[2]) : 200'000, count > 3 ? std::stod(arguments[3]) : 3);
    std::map<std::string, std::vector<Figures>> cells;
    for (int round = 0; round < (count > 4 ? std::stoi(arguments[4]) : 3); ++round) {
        cells["bare 1"].push_back(bench.bare(1));
        cells["bare 64"].push_back(bench.bare(64));
        cells["read"].push_back(bench.reading());
        cells["read bare"].push_back(bench.bare_reading());
        for (const int in_flight : {1, 16, 64, 256}) {
            cells["bridge " + std::to_string(in_flight)].push_back(bench.bridged(in_flight));
        }
    }
    for (const auto& [name, rounds] : cells) print(name, rounds);
}
