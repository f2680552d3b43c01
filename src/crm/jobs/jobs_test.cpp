#include "crm/jobs/store.hpp"
#include "crm/test_crm.hpp"

namespace etapa::jobs {
namespace {

class OutsideJobs : public CrmTest {
protected:
    void ask(std::string_view key, std::string_view target = "a.example", Known known = Known::kept) {
        write([&](WriteTx& tx) { schedule_outside(tx, {"post", key, target, tx.now(), {}}, known); });
    }
    std::vector<Job> take(std::string_view attempt, const Busy& busy = {}) {
        return write([&](WriteTx& tx) { return lease(tx, {attempt, tx.now() + seconds(8)}, 10, busy); });
    }
    bool held(const Job& job, std::string_view attempt) {
        return write([&](WriteTx& tx) { return holds(tx, job.id, attempt); });
    }
    void settle_with(const Job& job, const Settlement& settlement) {
        write([&](WriteTx& tx) { settle(tx, job.id, settlement); });
    }
};

TEST_F(OutsideJobs, AreNoneOfTheInside) {
    ask("one");
    EXPECT_TRUE(write([](WriteTx& tx) { return claim(tx, 10); }).empty());
    EXPECT_TRUE(read([](ReadTx& tx) { return organizations_due(tx, Where::inside); }).empty());
    EXPECT_EQ(read([](ReadTx& tx) { return organizations_due(tx, Where::outside); }).size(), 1U);
}

TEST_F(OutsideJobs, AreLeasedToOneUntilTheLeaseRunsOut) {
    ask("one");
    const auto job = take("first").at(0);
    EXPECT_TRUE(take("second").empty());
    EXPECT_TRUE(held(job, "first"));
    clock.advance(seconds(9));
    EXPECT_EQ(take("second").size(), 1U);
    EXPECT_FALSE(held(job, "first"));
    EXPECT_TRUE(held(job, "second"));
}

TEST_F(OutsideJobs, StayLeasedWhileTheLeaseIsExtended) {
    ask("one");
    const auto job = take("first").at(0);
    clock.advance(seconds(7));
    write([&](WriteTx& tx) { extend(tx, {job.id}, {"first", tx.now() + seconds(8)}); });
    clock.advance(seconds(7));
    EXPECT_TRUE(take("second").empty());
    write([&](WriteTx& tx) { give_back(tx, {job.id}, "first"); });
    EXPECT_EQ(take("second").size(), 1U);
}

TEST_F(OutsideJobs, LeaveOutHostsAndKindsThatAreBusy) {
    ask("one", "a.example");
    ask("two", "b.example");
    EXPECT_TRUE(take("first", {.kinds = {"post"}}).empty());
    const auto jobs = take("first", {.targets = {"a.example"}, .kinds = {"another"}});
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].key, "two");
}

// Whoever asks: an order that only one node keeps would be none.
TEST_F(OutsideJobs, OfATargetWithOneAtATimeKeepTheirOrder) {
    for (const auto* key : {"one", "two", "three"}) {
        ask(key, "one:conversation");
        clock.advance(seconds(1));
    }
    ask("other", "one:another conversation");
    const auto jobs = take("first");
    ASSERT_EQ(jobs.size(), 2U);
    EXPECT_EQ(jobs[0].key, "one");
    EXPECT_EQ(jobs[1].key, "other");
    EXPECT_TRUE(take("second").empty());

    clock.advance(seconds(9));
    EXPECT_EQ(take("second").at(0).key, "one") << "a lease that ran out goes before those that waited behind it";
    settle_with(jobs[0], {});
    EXPECT_EQ(take("third").at(0).key, "two");
}

// What became of the first of two, and which one goes next: at once, and after a hundred seconds.
struct Fate {
    std::string name;
    Settlement::Kind kind = Settlement::Kind::done;
    std::string at_once;
    std::string later;
};

class Lanes : public OutsideJobs, public testing::WithParamInterface<Fate> {};

TEST_P(Lanes, RestWhileTheirFirstRests) {
    const auto& fate = GetParam();
    ask("one", "one:conversation");
    clock.advance(seconds(1));
    ask("two", "one:conversation");
    const auto job = take("first").at(0);
    const Time again = clock.now() + seconds(100);
    settle_with(job, {.kind = fate.kind, .again = again, .attempts = 1, .error = "busy"});
    const bool rests = fate.at_once.empty();
    EXPECT_EQ(read([](ReadTx& tx) { return organizations_due(tx, Where::outside); }).empty(), rests);
    EXPECT_EQ(read([](ReadTx& tx) { return earliest_due(tx, Where::outside); }) == again, rests);
    const auto next = take("second");
    EXPECT_EQ(next.empty() ? "" : next[0].key, fate.at_once);
    for (const auto& one : next) settle_with(one, {});
    clock.advance(seconds(100));
    const auto last = take("third");
    EXPECT_EQ(last.empty() ? "" : last[0].key, fate.later);
    EXPECT_LE(last.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(, Lanes,
                         testing::ValuesIn(std::vector<Fate>{{"Done", Settlement::Kind::done, "two", ""},
                                                             {"Again", Settlement::Kind::again, "", "one"},
                                                             {"Failed", Settlement::Kind::failed, "two", ""}}),
                         [](const auto& info) { return info.param.name; });

TEST_F(OutsideJobs, StayAsTheyAreWithoutAPlace) {
    ask("one");
    ask("two");
    const auto only_first = [](const std::vector<Job>& jobs) { return std::vector{jobs.at(1).id}; };
    const auto leased =
        write([&](WriteTx& tx) { return lease(tx, {"first", tx.now() + seconds(8)}, 10, {}, only_first); });
    ASSERT_EQ(leased.size(), 1U);
    EXPECT_TRUE(held(leased[0], "first"));
    EXPECT_EQ(take("second").size(), 1U) << "the other one is still due";
}

TEST_F(OutsideJobs, AreAskedForOnceWhileTheyWait) {
    ask("one");
    const auto job = take("first").at(0);
    ask("one");
    EXPECT_TRUE(held(job, "first")) << "an attempt under way is not disturbed";
    Settlement again{.kind = Settlement::Kind::again, .again = clock.now() + seconds(100), .attempts = 1, .error = {}};
    settle_with(job, again);
    ask("one");
    EXPECT_TRUE(take("second").empty()) << "its time stays";
    ask("one", "a.example", Known::hurried);
    EXPECT_EQ(take("second").at(0).attempts, 1);
}

TEST_F(OutsideJobs, BeginAnewAfterTheyFailed) {
    ask("one");
    const auto job = take("first").at(0);
    settle_with(job, {.kind = Settlement::Kind::failed, .again = {}, .attempts = 10, .error = "broken"});
    EXPECT_TRUE(take("second").empty());
    EXPECT_EQ(read([](ReadTx& tx) { return list(tx, JobState::failed, 10); }).at(0).last_error, "broken");
    ask("one");
    EXPECT_EQ(take("second").at(0).attempts, 0);
}

}  // namespace
}  // namespace etapa::jobs
