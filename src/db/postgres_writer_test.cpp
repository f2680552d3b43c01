#include "db/postgres.hpp"
#include "db/test_database.hpp"
#include "db/test_proxy.hpp"

#include <atomic>
#include <barrier>
#include <latch>
#include <thread>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

std::string failure_of(const std::function<void()>& act) {
    try {
        act();
        return "did not fail";
    } catch (const StoreUnavailable& why) {
        return "unavailable: " + std::string(why.what());
    } catch (const std::exception& why) {
        return why.what();
    }
}

class PostgresWrites : public TestDatabase {
protected:
    static void add(WriteTx& tx, std::string_view text) { tx.defer("INSERT INTO entry (text) VALUES ($1)", text); }
    static void add_card(WriteTx& tx, std::string id) {
        Card card;
        card.organization_id = tx.organization();
        card.id = {std::move(id)};
        tx.insert("card", card);
    }
    static void lock(WriteTx& tx, const std::string& id) {
        tx.all<std::string>("SELECT id FROM card WHERE organization_id = $1 AND id = $2 {for_update}",
                            tx.organization(), id);
    }
    Texts stored() {
        return read([](ReadTx& tx) { return tx.all<std::string>("SELECT text FROM entry ORDER BY number"); });
    }
    double repeats(const std::string& reason) {
        return metric("etapa_transaction_repeats_total{reason=\"" + reason + "\"}");
    }
    double round_trips() { return metric("etapa_database_round_trips_total{transaction=\"write\"}"); }
};

TEST_F(PostgresWrites, ABodyThatThrowsLeavesNothing) {
    EXPECT_THROW(write([](WriteTx& tx) {
                     add(tx, "a");
                     throw conflict("I changed my mind.");
                 }),
                 Problem);
    add_entry("b");
    EXPECT_EQ(stored(), (Texts{"b"}));
}

TEST_F(PostgresWrites, ABodyWithoutStatementsIsATransaction) {
    EXPECT_EQ(write([](WriteTx&) { return 7; }), 7);
    EXPECT_EQ(round_trips(), 0);
}

TEST_F(PostgresWrites, AViolatedConstraintIsTriedOnceMoreAndThenABug) {
    add_entry("a");
    const auto failure = failure_of([&] { add_entry("a"); });
    EXPECT_NE(failure.find("in: INSERT INTO entry"), std::string::npos) << failure;
    EXPECT_EQ(repeats("constraint"), 1);
    add_entry("b");
    EXPECT_EQ(stored(), (Texts{"a", "b"}));
}

TEST_F(PostgresWrites, ADeferredStatementFailsAtTheCommit) {
    add_entry("a");
    EXPECT_THROW(write([](WriteTx& tx) { add(tx, "a"); }), ConstraintViolated);
    EXPECT_THROW(write([](WriteTx& tx) { tx.defer("INSERT INTO link (number, entry) VALUES (1, 999)"); }),
                 ConstraintViolated);
    EXPECT_EQ(stored(), (Texts{"a"}));
}

TEST_F(PostgresWrites, ABodyCannotSwallowAFailure) {
    add_entry("a");
    const auto swallow = [&](WriteTx& tx) {
        EXPECT_THROW(tx.run("INSERT INTO entry (text) VALUES ('a')"), ConstraintViolated);
    };
    EXPECT_THROW(write(swallow), ConstraintViolated);
}

TEST_F(PostgresWrites, TwoThatLockEachOthersRowsBothSucceed) {
    open();
    write([](WriteTx& tx) {
        add_card(tx, "a");
        add_card(tx, "b");
    });
    std::latch both(2);
    const auto lock_two = [&](std::string first, std::string second) {
        bool again = false;
        write([&](WriteTx& tx) {
            lock(tx, first);
            if (!again) both.arrive_and_wait();
            again = true;
            lock(tx, second);
            add(tx, first);
        });
    };
    std::thread other([&] { lock_two("a", "b"); });
    lock_two("b", "a");
    other.join();
    EXPECT_EQ(stored().size(), 2U);
    EXPECT_GE(repeats("conflict"), 1);
}

TEST_F(PostgresWrites, ABodyBeyondItsTimeFails) {
    settings.body_time_max = 100ms;
    open();
    const auto slow = failure_of([&] { write([](WriteTx& tx) { tx.all<bool>("SELECT pg_sleep(5) IS NULL"); }); });
    EXPECT_EQ(slow, "unavailable: The transaction took longer than it may.");
    const auto loop = [](WriteTx& tx) {
        while (true) tx.one<std::int64_t>("SELECT count(*) FROM entry");
    };
    EXPECT_EQ(failure_of([&] { write(loop); }), "unavailable: The transaction took longer than it may.");
    add_entry("after");
}

TEST_F(PostgresWrites, ARowThatSomebodyKeepsIsWaitedForOnlySoLong) {
    settings.lock_wait_max = 50ms;
    open();
    write([](WriteTx& tx) { add_card(tx, "a"); });
    write([&](WriteTx& tx) {
        lock(tx, "a");
        const auto failure = failure_of([&] { write([](WriteTx& other) { lock(other, "a"); }); });
        EXPECT_TRUE(failure.starts_with("unavailable: The database cannot do this now:")) << failure;
    });
}

TEST_F(PostgresWrites, AReadAndAllWritesCostTwoRoundTrips) {
    const auto body = [](WriteTx& tx) {
        tx.one<std::int64_t>("SELECT count(*) FROM entry");
        for (const auto* text : {"a", "b", "c"}) add(tx, text);
    };
    open();
    write(body);
    EXPECT_EQ(round_trips(), 2);
}

TEST_F(PostgresWrites, WhatIsAskedForTogetherCostsOneRoundTrip) {
    add_entry("a");
    const auto before = round_trips();
    const auto body = [](WriteTx& tx) {
        auto texts = tx.later<std::string>(Query("SELECT text FROM entry"));
        auto counts = tx.later<std::int64_t>(Query("SELECT count(*) FROM entry"));
        EXPECT_EQ(texts.take(), (Texts{"a"}));
        EXPECT_EQ(counts.take(), (std::vector<std::int64_t>{1}));
        add(tx, "b");
    };
    write(body);
    EXPECT_EQ(round_trips() - before, 2);
}

TEST_F(PostgresWrites, TheRunnerIsWokenForAnEarlierTime) {
    open();
    alarm.expect(start + seconds(10));
    write([](WriteTx& tx) { tx.alarm(tx.now() + seconds(5)); });
    alarm.wait(start + seconds(10));  // the clock stands still: only the alarm can end this
}

TEST_F(PostgresWrites, NowIsTakenAfterTheLockAndNeverGoesBack) {
    open();
    write([](WriteTx& tx) { add_card(tx, "a"); });
    Time first;
    Time second;
    std::thread waiting;
    write([&](WriteTx& tx) {
        lock(tx, "a");
        waiting = std::thread([&] {
            write([&](WriteTx& other) {
                lock(other, "a");
                second = other.now();
            });
        });
        clock.advance(seconds(1));
        first = tx.now();
        clock.advance(seconds(-5));
    });
    waiting.join();
    EXPECT_EQ(first, start + seconds(1));
    EXPECT_GE(second, first);
}

// Connections that can be cut.
class PostgresLosses : public PostgresWrites {
protected:
    PostgresLosses() {
        settings.postgres_writers = 1;
        settings.postgres_readers = 1;
        migrate(env, settings.url, settings.migrations);
        settings.url.replace(settings.url.find(server_port()), server_port().size(), std::to_string(proxy.port()));
    }
    static std::string server_port() {
        const auto server = TestSchemas::server();
        const auto colon = server.rfind(':');
        return server.substr(colon + 1, server.rfind('/') - colon - 1);
    }

    // Until the doorbell has said all that it has to say for a while, so that the next thing that is said is a test's.
    void await_silence() {
        write([](WriteTx& tx) { tx.alarm(tx.now()); });
        while (metric("etapa_notifications_sent_total") == 0) std::this_thread::yield();
    }

    // Stores a text; the next thing that is said after the body is the commit.
    void add_and(TestProxy::Next at_commit, const std::string& text) {
        await_silence();
        write([&](WriteTx& tx) {
            tx.run("INSERT INTO entry (text) VALUES ($1)", text);
            proxy.set(std::exchange(at_commit, TestProxy::Next::forward));
        });
    }

    // Without the proxy.
    static std::int64_t count_in(const std::string& schema) {
        PostgresConnection direct(TestSchemas::url(schema), {});
        std::int64_t count = 0;
        auto keep = [&](const Row& row) { count = row.integer(0); };
        direct.run({"SELECT count(*) FROM entry"}, {}, keep);
        return count;
    }
    std::int64_t stored_over_there() { return count_in(settings.url.substr(settings.url.rfind("3D") + 2)); }

    TestProxy proxy{static_cast<std::uint16_t>(std::stoi(server_port()))};
};

TEST_F(PostgresLosses, ACommitWhoseAnswerWasLostIsAcknowledgedOnce) {
    add_and(TestProxy::Next::cut_after, "a");
    EXPECT_EQ(stored(), (Texts{"a"}));
    EXPECT_EQ(metric("etapa_commits_settled_total"), 1);
    EXPECT_EQ(repeats("connection"), 0);
}

TEST_F(PostgresLosses, ACommitThatNeverArrivedIsRepeated) {
    add_and(TestProxy::Next::cut_before, "a");
    EXPECT_EQ(stored(), (Texts{"a"}));
    EXPECT_EQ(metric("etapa_commits_settled_total"), 1);
    EXPECT_EQ(repeats("connection"), 1);
}

TEST_F(PostgresLosses, ABodyWhoseConnectionIsLostIsRepeated) {
    await_silence();
    int times = 0;
    write([&](WriteTx& tx) {
        add(tx, "a");
        if (++times == 1) proxy.set(TestProxy::Next::cut_before);
        tx.one<std::int64_t>("SELECT count(*) FROM entry");
    });
    EXPECT_EQ(times, 2);
    EXPECT_EQ(stored(), (Texts{"a"}));
}

TEST_F(PostgresLosses, AReadWhoseConnectionIsLostIsRepeated) {
    add_entry("a");
    await_silence();
    int times = 0;
    const auto count = [&](ReadTx& tx) {
        if (++times == 1) proxy.set(TestProxy::Next::cut_before);
        return tx.one<std::int64_t>("SELECT count(*) FROM entry");
    };
    EXPECT_EQ(read(count), 1);
    EXPECT_EQ(times, 2);
}

TEST_F(PostgresLosses, WithoutAServerChangesFailAtOnceUntilItIsThereAgain) {
    add_entry("before");
    proxy.close_down();
    while (!failure_of([&] { add_entry("never"); }).starts_with("unavailable:")) {
    }
    EXPECT_GE(metric("etapa_database_connection_failures_total"), 1);
    proxy.open_again();
    while (failure_of([&] { add_entry("after"); }) != "did not fail") {
    }
    EXPECT_EQ(stored(), (Texts{"before", "after"}));
}

TEST_F(PostgresLosses, WhoFindsNoRoomLeavesTheWorkToWhoDoes) {
    settings.postgres_writers = 4;
    await_silence();
    add_entry("with one connection");
    proxy.refuse_more();
    for (int count = 0; count < 20; ++count) add_entry(std::to_string(count));
    EXPECT_EQ(stored_over_there(), 21);
}

}  // namespace
}  // namespace etapa::db
