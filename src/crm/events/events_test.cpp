#include "base/ranges.hpp"
#include "crm/events/store.hpp"
#include "crm/test_crm.hpp"
#include "db/migrate.hpp"

#include <algorithm>
#include <latch>
#include <thread>

namespace etapa::events {
namespace {

using Texts = std::vector<std::string>;

class Events : public CrmTest {
protected:
    Events() { migrate_again(); }

    static void happen(WriteTx& tx, std::string_view subject) { publish(tx, "thing.changed", subject, {}, {}); }
    void happen(std::string_view subject) {
        write([&](WriteTx& tx) { happen(tx, subject); });
    }

    // The subjects of what has come since the last call.
    Texts news() {
        Texts subjects;
        for (const auto& event : read([&](ReadTx& tx) { return after(tx, position_, 100); })) {
            position_.transaction = event.transaction_id;
            position_.sequence = event.sequence;
            subjects.push_back(event.subject_id);
        }
        return subjects;
    }

    // Every transaction of the server is waited for, also those of other tests.
    Texts news_of(std::size_t count) {
        Texts all;
        while (all.size() < count) std::ranges::copy(news(), std::back_inserter(all));
        return all;
    }

    void migrate_again() { db::migrate(env, settings.url); }
    std::int64_t epoch_now() {
        return read([](ReadTx& tx) { return epoch(tx); });
    }

private:
    Position position_;
};

TEST_F(Events, ComeInTheOrderOfTheirTransactions) {
    write([](WriteTx& tx) {
        happen(tx, "a");
        happen(tx, "b");
    });
    happen("c");
    EXPECT_EQ(news_of(3), (Texts{"a", "b", "c"}));
    happen("d");
    EXPECT_EQ(news_of(1), (Texts{"d"}));
}

TEST_F(Events, AnEpochIsNotLeftWhereTheDatabaseStays) {
    const auto before = epoch_now();
    migrate_again();
    EXPECT_EQ(epoch_now(), before);
}

using PostgresEvents = Events;

// The first transaction takes its number before the second, and commits after it.
TEST_F(PostgresEvents, NoneIsSkippedThatIsCommittedLate) {
    std::latch first_runs(1);
    std::latch second_is_stored(1);
    std::thread first([&] {
        write([&](WriteTx& tx) {
            tx.one<std::int64_t>("SELECT count(*) FROM event WHERE organization_id = $1", tx.organization());
            first_runs.count_down();
            second_is_stored.wait();
            happen(tx, "first");
        });
    });
    first_runs.wait();
    happen("second");
    EXPECT_EQ(news(), Texts{}) << "nobody reads beyond a transaction that may still store something before";
    second_is_stored.count_down();
    first.join();
    EXPECT_EQ(news_of(2), (Texts{"first", "second"}));
}

TEST_F(PostgresEvents, ANewEpochBeginsOnAnotherServer) {
    happen("a");
    happen("b");
    news_of(2);
    const auto before = epoch_now();
    write([](WriteTx& tx) { tx.run("UPDATE installation SET server_id = 'another'"); });
    migrate_again();
    EXPECT_EQ(epoch_now(), before + 1);
    happen("c");
    Texts all;
    while (all.size() < 3) {
        all.clear();
        for (const auto& event : read([](ReadTx& tx) { return after(tx, {}, 100); })) all.push_back(event.subject_id);
    }
    EXPECT_EQ(all, (Texts{"a", "b", "c"}));
}

}  // namespace
}  // namespace etapa::events
