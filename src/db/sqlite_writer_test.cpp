#include "db/sqlite.hpp"
#include "db/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <csignal>
#include <fstream>
#include <functional>
#include <latch>
#include <sys/resource.h>
#include <thread>

namespace etapa::db {
namespace {

namespace asio = boost::asio;

using Bodies = std::vector<std::function<void(WriteTx&)>>;
using Texts = std::vector<std::string>;

// Keeps the writer inside a transaction until released, so that what is queued meanwhile shares it, with its fate.
class BusyWriter {
public:
    BusyWriter(Database& database, const Caller& caller)
        : thread_([this, &database, &caller] {
              auto wait = [this](WriteTx&) {
                  inside_.test_and_set();
                  inside_.notify_all();
                  released_.wait();
              };
              try {
                  database.write_now(caller, wait);
              } catch (const StoreUnavailable&) {
                  return;
              }
          }) {
        inside_.wait(false);
    }
    ~BusyWriter() {
        released_.count_down();
        thread_.join();
    }
    BusyWriter(const BusyWriter&) = delete;
    BusyWriter& operator=(const BusyWriter&) = delete;

private:
    std::atomic_flag inside_;  // a body may run again
    std::latch released_{1};
    std::thread thread_;
};

asio::awaitable<void> write_one(Database& database, const Caller& caller, const std::function<void(WriteTx&)>& body,
                                std::string& outcome) {
    auto run = [&](WriteTx& tx) { body(tx); };
    try {
        co_await database.write(caller, run);
        outcome = "stored";
    } catch (const std::exception& why) {
        outcome = why.what();
    }
}

class SqliteWrites : public TestDatabase {
protected:
    SqliteWrites() { settings.work_per_commit_max = std::chrono::minutes(1); }
    ~SqliteWrites() override { close(); }  // before the context to which its thread posts

    // Runs the bodies, which come in their order while the writer is busy, and tells how each ended.
    Texts write_together(const Bodies& bodies) {
        Texts outcomes(bodies.size());
        {
            const BusyWriter busy(database(), caller);
            for (std::size_t index = 0; index < bodies.size(); ++index) {
                asio::co_spawn(io, write_one(database(), caller, bodies[index], outcomes[index]), asio::detached);
            }
            io.poll();  // each coroutine runs until it waits for the writer
        }
        io.restart();
        io.run();
        return outcomes;
    }

    static std::function<void(WriteTx&)> adding(std::string text) {
        return [text = std::move(text)](WriteTx& tx) { tx.run("INSERT INTO entry (text) VALUES ($1)", text); };
    }
    // Stores rows until something ends it.
    static void write_endlessly(WriteTx& tx) {
        tx.run(
            "INSERT INTO entry (text) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'endless "
            "' "
            "|| i FROM n");
    }

    Texts stored() {
        return read([](ReadTx& tx) { return tx.all<std::string>("SELECT text FROM entry ORDER BY number"); });
    }
    double commits() { return metric("etapa_transaction_bodies_count"); }

    asio::io_context io;
};

constexpr std::string_view full_disk = "The database cannot do this now: database or disk is full.";
constexpr std::string_view too_long = "The transaction took longer than it may.";

TEST_F(SqliteWrites, ABodyThatThrowsIsUndoneAlone) {
    const Bodies bodies{adding("a"),
                        [](WriteTx& tx) {
                            adding("b")(tx);
                            throw conflict("I changed my mind.");
                        },
                        adding("c")};
    EXPECT_EQ(write_together(bodies), (Texts{"stored", "I changed my mind.", "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "c"}));
}

TEST_F(SqliteWrites, AViolatedConstraintFailsOnlyItsBody) {
    const auto outcomes = write_together({adding("a"), adding("a"), adding("b")});
    EXPECT_EQ(outcomes[0], "stored");
    EXPECT_TRUE(outcomes[1].starts_with("UNIQUE constraint failed: entry.text in: INSERT")) << outcomes[1];
    EXPECT_EQ(outcomes[2], "stored");
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

TEST_F(SqliteWrites, ADeferredConstraintFailsOnlyItsBody) {
    const Bodies bodies{adding("a"), [](WriteTx& tx) { tx.run("INSERT INTO link (number, entry) VALUES (1, 999)"); },
                        adding("b")};
    EXPECT_EQ(write_together(bodies), (Texts{"stored", "FOREIGN KEY constraint failed in: COMMIT", "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

TEST_F(SqliteWrites, BodiesThatComeMeanwhileShareTheCommitInTheirOrder) {
    const Bodies bodies{adding("a"), adding("b"), adding("c"), adding("d"), adding("e")};
    write_together(bodies);
    EXPECT_EQ(commits(), 1);
    EXPECT_EQ(stored(), (Texts{"a", "b", "c", "d", "e"}));
}

TEST_F(SqliteWrites, ACommitHoldsNoMoreBodiesThanItMay) {
    settings.bodies_per_commit_max = 2;
    write_together({adding("a"), adding("b"), adding("c"), adding("d"), adding("e")});
    EXPECT_EQ(commits(), 3);  // of the busy one and these five
}

TEST_F(SqliteWrites, ACommitHoldsNoMoreWorkThanItMay) {
    settings.work_per_commit_max = std::chrono::milliseconds(0);
    write_together({adding("a"), adding("b"), adding("c")});
    EXPECT_EQ(commits(), 1 + 3);
}

TEST_F(SqliteWrites, ABodyBeyondItsTimeFailsAlone) {
    settings.body_time_max = std::chrono::milliseconds(50);
    EXPECT_EQ(write_together({adding("a"), write_endlessly, adding("b")}),
              (Texts{"stored", std::string(too_long), "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

TEST_F(SqliteWrites, ALoopOfShortStatementsEndsToo) {
    settings.body_time_max = std::chrono::milliseconds(50);
    const auto loop = [](WriteTx& tx) {
        while (true) tx.one<std::int64_t>("SELECT count(*) FROM entry");
    };
    EXPECT_EQ(write_together({adding("a"), loop, adding("b")}), (Texts{"stored", std::string(too_long), "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

TEST_F(SqliteWrites, AFullDiskFailsOnlyWhoFillsIt) {
    write([](WriteTx& tx) { tx.one<std::int64_t>("PRAGMA max_page_count = 40"); });
    EXPECT_EQ(write_together({adding("a"), write_endlessly, adding("b")}),
              (Texts{"stored", std::string(full_disk), "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

TEST_F(SqliteWrites, ABodyCannotSwallowTheEndOfItsTransaction) {
    settings.body_time_max = std::chrono::milliseconds(50);
    const auto swallow = [](WriteTx& tx) { EXPECT_THROW(write_endlessly(tx), StoreUnavailable); };
    EXPECT_EQ(write_together({adding("a"), swallow, adding("b")}),
              (Texts{"stored", "The database ended the transaction.", "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

// Lets no file of this process grow beyond `bytes`, as a full disk would.
void limit_file_size(rlim_t bytes) {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
}

TEST_F(SqliteWrites, AFailedCommitFailsAllItsBodiesAndNoOther) {
    std::signal(SIGXFSZ, SIG_IGN);
    add_entry("before");
    const auto log_bytes = std::filesystem::file_size(directory.file("test.db-wal"));
    const auto no_more_room = [&](WriteTx& tx) {
        adding("b")(tx);
        limit_file_size(log_bytes);
    };
    const auto outcomes = write_together({adding("a"), no_more_room});
    limit_file_size(RLIM_INFINITY);
    for (const auto& outcome : outcomes) EXPECT_TRUE(outcome.starts_with("The database cannot do this now")) << outcome;
    EXPECT_EQ(metric("etapa_commit_failures_total"), 1);
    add_entry("after");
    EXPECT_EQ(stored(), (Texts{"before", "after"}));
}

TEST_F(SqliteWrites, NowIsOneInstantPerBodyAndNeverGoesBack) {
    std::vector<Time> seen;
    const auto look = [&](WriteTx& tx) { seen.push_back(tx.now()); };
    const auto move_by = [&](Duration span) { return [this, span](WriteTx&) { clock.advance(span); }; };
    write_together({look, move_by(seconds(2)), look, move_by(seconds(-1)), look, move_by(seconds(5)), look});
    EXPECT_EQ(seen, (std::vector{start, start + seconds(2), start + seconds(2), start + seconds(6)}));
}

TEST_F(SqliteWrites, TheRunnerIsWokenForAnEarlierTime) {
    open();
    alarm.expect(start + seconds(10));
    write([](WriteTx& tx) { tx.alarm(tx.now() + seconds(5)); });
    alarm.wait(start + seconds(10));  // the clock stands still: only the alarm can end this
}

struct Collected {
    std::string text;
    void flush(WriteTx& tx) { tx.run("INSERT INTO entry (text) VALUES ($1)", text); }
};

TEST_F(SqliteWrites, ScratchIsFlushedOnceBeforeTheCommit) {
    write([](WriteTx& tx) {
        tx.scratch<Collected>().text += "a";
        tx.scratch<Collected>().text += "b";
    });
    EXPECT_EQ(stored(), (Texts{"ab"}));
}

TEST_F(SqliteWrites, MoreThanTheQueueHoldsIsRefusedAtOnce) {
    settings.queued_max = 2;
    EXPECT_EQ(write_together({adding("a"), adding("b"), adding("c")}),
              (Texts{"stored", "stored", "The server is too busy: too many transactions wait."}));
}

TEST_F(SqliteWrites, ItWaitsForAnotherProcess) {
    open();
    SqliteConnection other(directory.file("test.db"), Access::write);
    other.execute("BEGIN IMMEDIATE");
    std::thread writing([&] { add_entry("late"); });
    while (metric("etapa_transaction_queue") == 0) std::this_thread::yield();
    other.execute("INSERT INTO entry (text) VALUES ('early')");
    other.execute("COMMIT");
    writing.join();
    EXPECT_EQ(stored(), (Texts{"early", "late"}));
}

TEST_F(SqliteWrites, ItGivesUpWhenAnotherProcessKeepsTheLock) {
    settings.lock_wait_max = std::chrono::milliseconds(20);
    open();
    SqliteConnection other(directory.file("test.db"), Access::write);
    other.execute("BEGIN IMMEDIATE");
    EXPECT_THROW(add_entry("too early"), StoreUnavailable);
    other.execute("COMMIT");
    add_entry("after");
    EXPECT_EQ(stored(), (Texts{"after"}));
}

TEST_F(SqliteWrites, AnotherProcessGetsItsTurnBesideABusyOne) {
    open();
    std::atomic<bool> enough = false;
    std::vector<std::thread> busy;
    for (int number = 0; number < 4; ++number) {
        busy.emplace_back([&, number] {
            for (int count = 0; !enough; ++count) add_entry(std::to_string(number) + ' ' + std::to_string(count));
        });
    }
    SqliteConnection other(directory.file("test.db"), Access::write);
    for (int count = 0; count < 5; ++count) {
        other.execute("BEGIN IMMEDIATE");
        other.execute("UPDATE entry SET text = text WHERE number = 0");
        other.execute("COMMIT");
    }
    enough = true;
    for (auto& thread : busy) thread.join();
}

TEST_F(SqliteWrites, TheLogStartsAgainFromItsBeginning) {
    open();
    const auto fill_pages = [](WriteTx& tx) {
        tx.run(
            "INSERT INTO entry (text) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) "
            "SELECT hex(randomblob(2000)) FROM n");
    };
    const auto header = [&] {
        std::string bytes(32, ' ');
        std::ifstream(directory.file("test.db-wal"), std::ios::binary).read(bytes.data(), 32);
        return bytes;
    };
    write(fill_pages);
    const std::string first = header();
    constexpr int times_max = 400;
    int times = 0;
    for (; times < times_max && header() == first; ++times) write(fill_pages);
    EXPECT_LT(times, times_max);
}

TEST_F(SqliteWrites, WhatIsQueuedIsStoredBeforeTheEnd) {
    Texts outcomes(3);
    const Bodies bodies{adding("a"), adding("b"), adding("c")};
    auto busy = std::make_unique<BusyWriter>(database(), caller);
    for (std::size_t index = 0; index < bodies.size(); ++index) {
        asio::co_spawn(io, write_one(database(), caller, bodies[index], outcomes[index]), asio::detached);
    }
    io.poll();
    std::thread closing([&] { close(); });
    busy.reset();
    closing.join();
    io.restart();
    io.run();
    EXPECT_EQ(outcomes, (Texts{"stored", "stored", "stored"}));
    EXPECT_EQ(stored(), (Texts{"a", "b", "c"}));
}

}  // namespace
}  // namespace etapa::db
