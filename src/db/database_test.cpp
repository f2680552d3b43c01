#include "db/database.hpp"

#include "db/sqlite.hpp"
#include "db/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <latch>
#include <list>
#include <thread>

namespace etapa::db {
namespace {

namespace asio = boost::asio;

// Some I/O threads, each with its own context, as in the server.
class IoThreads {
public:
    explicit IoThreads(unsigned count) {
        for (unsigned number = 0; number < count; ++number) {
            auto& io = contexts_.emplace_back(1);
            guards_.push_back(asio::make_work_guard(io));
            threads_.emplace_back([&io] { io.run(); });
        }
    }
    ~IoThreads() {
        guards_.clear();
        for (auto& thread : threads_) thread.join();
    }
    IoThreads(const IoThreads&) = delete;
    IoThreads& operator=(const IoThreads&) = delete;

    asio::io_context& operator[](unsigned number) { return *std::next(contexts_.begin(), number); }

private:
    std::list<asio::io_context> contexts_;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
    std::vector<std::thread> threads_;
};

class Bridge : public TestDatabase {
protected:
    ~Bridge() override { close(); }  // before the contexts to which its threads post

    std::int64_t count_inline() {
        auto count = [](ReadTx& tx) { return tx.one<std::int64_t>("SELECT count(*) FROM entry"); };
        return database().read_inline(0, caller, count);
    }

    IoThreads io{4};
};

asio::awaitable<std::vector<std::int64_t>> write_and_look(Database& database, const Caller& caller, bool& same_thread) {
    const auto thread = std::this_thread::get_id();
    auto add = [](WriteTx& tx) {
        tx.run("INSERT INTO entry (text) VALUES ('mine')");
        return tx.one<std::int64_t>("SELECT count(*) FROM entry");
    };
    auto count = [](ReadTx& tx) { return tx.one<std::int64_t>("SELECT count(*) FROM entry"); };
    std::vector<std::int64_t> counts;
    counts.push_back(co_await database.write(caller, add));
    counts.push_back(co_await database.read(caller, count));
    counts.push_back(database.read_inline(0, caller, count));
    same_thread = std::this_thread::get_id() == thread;
    co_return counts;
}

TEST_F(Bridge, WhatWasWrittenIsReadAfterTheAwaitOnTheSameThread) {
    open();
    bool same_thread = false;
    auto counts = asio::co_spawn(io[0], write_and_look(database(), caller, same_thread), asio::use_future);
    EXPECT_EQ(counts.get(), (std::vector<std::int64_t>{1, 1, 1}));
    EXPECT_TRUE(same_thread);
}

asio::awaitable<void> read_wrongly(Database& database, const Caller& caller) {
    auto fail = [](ReadTx&) { throw not_found("card", "x"); };
    co_await database.read(caller, fail);
}

TEST_F(Bridge, WhatABodyThrowsArrivesAtTheAwait) {
    open();
    EXPECT_THROW(asio::co_spawn(io[0], read_wrongly(database(), caller), asio::use_future).get(), Problem);
    EXPECT_THROW(write([](WriteTx&) { throw not_found("card", "x"); }), Problem);
    EXPECT_THROW(read([](ReadTx&) { throw not_found("card", "x"); }), Problem);
    EXPECT_EQ(entries(), 0);
}

TEST_F(Bridge, AReadSeesOneSnapshot) {
    open();
    const auto counts = read([&](ReadTx& tx) {
        const auto before = tx.one<std::int64_t>("SELECT count(*) FROM entry");
        add_entry("meanwhile");
        return std::pair(before, tx.one<std::int64_t>("SELECT count(*) FROM entry"));
    });
    EXPECT_EQ(counts, std::pair(std::int64_t{0}, std::int64_t{0}));
    EXPECT_EQ(entries(), 1);
}

TEST_F(Bridge, AReadCannotWriteAndEndsInTime) {
    settings.body_time_max = std::chrono::milliseconds(50);
    open();
    EXPECT_THROW(
        read([](ReadTx& tx) { return tx.all<std::int64_t>("INSERT INTO entry (text) VALUES ('x') RETURNING 1"); }),
        StoreUnavailable);
    EXPECT_THROW(read([](ReadTx& tx) {
                     return tx.one<std::int64_t>(
                         "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
                 }),
                 StoreUnavailable);
    EXPECT_EQ(entries(), 0);
}

using SqliteBridge = Bridge;

TEST_F(SqliteBridge, TheDataVersionChangesWithEveryCommitOfAnybodyElse) {
    open();
    auto version = [](ReadTx& tx) { return tx.data_version(); };
    const auto now = [&] { return database().read_inline(0, caller, version); };
    const auto first = now();
    EXPECT_EQ(now(), first);
    count_inline();
    EXPECT_EQ(now(), first);
    add_entry("a");
    const auto second = now();
    EXPECT_NE(second, first);
    SqliteConnection other(directory.file("test.db"), Access::write);
    other.execute("INSERT INTO entry (text) VALUES ('another process')");
    EXPECT_NE(now(), second);
    EXPECT_EQ(count_inline(), 2);
}

TEST_F(SqliteBridge, AnUnpreparedDatabaseIsRefused) {
    settings.url = "sqlite:" + directory.file("missing.db");
    EXPECT_THROW(Database(env, settings, alarm), Unusable);
    settings.url = "mysql://somewhere";
    EXPECT_THROW(Database(env, settings, alarm), Unusable);
}

asio::awaitable<void> count_up(Database& database, const Caller& caller, std::int64_t row, int times) {
    auto add = [&](WriteTx& tx) {
        const auto value =
            tx.one<std::int64_t>("SELECT position FROM card WHERE organization_id = $1 AND id = $2 {for_update}",
                                 tx.organization(), std::to_string(row));
        tx.run("UPDATE card SET position = $1 WHERE organization_id = $2 AND id = $3", value + 1, tx.organization(),
               std::to_string(row));
        return value + 1;
    };
    auto look = [&](ReadTx& tx) {
        return tx.one<std::int64_t>("SELECT position FROM card WHERE organization_id = $1 AND id = $2",
                                    tx.organization(), std::to_string(row));
    };
    for (int time = 0; time < times; ++time) {
        const auto written = co_await database.write(caller, add);
        const auto seen = co_await database.read(caller, look);
        EXPECT_GE(seen, written);
    }
}

using Concurrency = Bridge;

TEST_F(Concurrency, SixtyFourWritersLoseNothing) {
    constexpr int writers = 64;
    constexpr int rows = 8;
    constexpr int times = 10;
    settings.reader_threads = 2;
    open();
    write([](WriteTx& tx) {
        for (std::int64_t row = 0; row < rows; ++row) {
            Card card;
            card.organization_id = tx.organization();
            card.id = {std::to_string(row)};
            tx.insert("card", card);
        }
    });
    {
        std::vector<std::future<void>> running;
        for (int writer = 0; writer < writers; ++writer) {
            running.push_back(asio::co_spawn(io[static_cast<unsigned>(writer % 4)],
                                             count_up(database(), caller, writer % rows, times), asio::use_future));
        }
        for (auto& each : running) each.get();
    }
    EXPECT_EQ(read([](ReadTx& tx) { return tx.all<std::int64_t>("SELECT position FROM card ORDER BY id"); }),
              std::vector<std::int64_t>(rows, writers / rows * times));
}

}  // namespace
}  // namespace etapa::db
