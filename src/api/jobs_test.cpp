#include "api/test_conversations.hpp"
#include "crm/jobs/store.hpp"
#include "support/invariants.hpp"

namespace etapa::api {
namespace {

enum class Stand : std::uint8_t { waits, waits_again, leased, failed };

struct JobCase {
    std::string name;
    std::string_view kind;
    jobs::Where where = jobs::Where::inside;
    Stand stand = Stand::waits;
    int retry_status = 409;
    int delete_status = 409;
};

class JobsApi : public testing::Test {
protected:
    // The id of a new job, due in a minute.
    std::string job(std::string_view kind, const std::string& key, jobs::Where where = jobs::Where::inside,
                    Stand stand = Stand::waits) {
        std::string id;
        auto store = [&](WriteTx& tx) {
            const Time later = tx.now() + seconds(60);
            const Time due = stand == Stand::leased ? tx.now() : later;
            if (where == jobs::Where::outside) {
                jobs::schedule_outside(tx, {kind, key, "a.example", due, {"{}"}}, jobs::Known::kept);
            } else {
                jobs::schedule(tx, kind, key, due, {"{}"});
            }
            for (const auto& one : jobs::list(tx, JobState::pending, 1'000)) {
                if (one.key == key) id = one.id.value;
            }
            if (stand == Stand::failed) jobs::note_failure(tx, {id}, "It was broken.", std::nullopt);
            if (stand == Stand::waits_again) jobs::note_failure(tx, {id}, "It was broken.", later);
            if (stand == Stand::leased) jobs::lease(tx, {"somebody", tx.now() + seconds(8)}, 10, {});
        };
        world.database().write_now(world.caller(), store);
        return id;
    }

    // The job with this member; null when there is none.
    boost::json::value found(std::string_view member, std::string_view value) {
        const auto list = world.good("GET", "/jobs").json;
        for (const auto& one : list.as_array()) {
            if (one.at(member).as_string() == value) return one;
        }
        return nullptr;
    }
    std::string id_of(std::string_view kind) { return std::string(found("kind", kind).at("id").as_string()); }

    // A conversation in a step that leads to `Last` after a minute.
    std::string timed(std::string_view scenario = "Sales") {
        const auto sales = world.scenario(scenario);
        const auto last = world.step(sales, "Last");
        const auto first = world.step(sales, "First", R"("autoNextTime":60,"autoNextStepId":")" + last + '"');
        const auto conversation = world.conversation();
        world.place(conversation, first);
        return conversation;
    }
    Answer explained(const std::string& conversation) {
        return world.good("GET", "/conversations/" + conversation + "/explain");
    }

    World world;
};

class JobsTable : public JobsApi, public testing::WithParamInterface<JobCase> {};

TEST_P(JobsTable, Answers) {
    const auto& wanted = GetParam();
    const auto retried = job(wanted.kind, "retried", wanted.where, wanted.stand);
    const auto answer = world.call("POST", "/jobs/" + retried + "/retry");
    EXPECT_EQ(answer.status, wanted.retry_status) << answer.body;
    if (answer.status == 200) {
        EXPECT_EQ(answer.text("state"), "pending");
        EXPECT_EQ(answer.text("dueAt"), to_iso8601(world.clock().now()));
        EXPECT_EQ(answer.at("attempts").as_int64(), 0);
        EXPECT_EQ(answer.at("lastError"), nullptr);
    }
    const auto deleted = job(wanted.kind, "deleted", wanted.where, wanted.stand);
    EXPECT_EQ(world.call("DELETE", "/jobs/" + deleted).status, wanted.delete_status);
    EXPECT_EQ(found("id", deleted).is_null(), wanted.delete_status == 200);
}

constexpr auto outside = jobs::Where::outside;
constexpr auto inside = jobs::Where::inside;

INSTANTIATE_TEST_SUITE_P(, JobsTable,
                         testing::ValuesIn(std::vector<JobCase>{
                             {"WaitsForItsTime", "webhook.replay", inside, Stand::waits, 409, 200},
                             {"WaitsForItsFirstAttempt", "query.answer", outside, Stand::waits, 409, 200},
                             {"WaitsForAnotherAttempt", "query.answer", outside, Stand::waits_again, 200, 200},
                             {"IsBeingDone", "query.answer", outside, Stand::leased, 409, 409},
                             {"HasFailed", "query.answer", outside, Stand::failed, 200, 200},
                             {"HasFailedInside", "webhook.replay", inside, Stand::failed, 200, 200},
                             {"IsUnknownAndHasFailed", "no.such", inside, Stand::failed, 200, 200},
                             {"FinishesADeletion", "deletion.finish", inside, Stand::waits, 409, 409},
                             {"FailedToFinishADeletion", "deletion.finish", inside, Stand::failed, 200, 409},
                             {"WakesAWebhook", "webhook.catch_up", inside, Stand::failed, 200, 409},
                             {"ProbesAWebhook", "webhook.probe", outside, Stand::waits_again, 200, 409},
                         }),
                         [](const auto& info) { return info.param.name; });

TEST_F(JobsApi, UnknownOnesAreNotFound) {
    EXPECT_EQ(world.call("POST", "/jobs/nobody/retry").status, 404);
    EXPECT_EQ(world.call("DELETE", "/jobs/nobody").status, 404);
}

// I5
TEST_F(JobsApi, ATimerThatIsGivenUpIsDisarmed) {
    const auto conversation = timed();
    const auto path = "/jobs/" + id_of("timer.fire");
    EXPECT_EQ(world.call("POST", path + "/retry").status, 409) << "it would fire early";
    EXPECT_NE(explained(conversation).text("sentence").find("timer"), std::string::npos);
    world.good("DELETE", path);
    EXPECT_EQ(explained(conversation).text("sentence").find("timer"), std::string::npos);
    auto check = [](ReadTx& tx) { return tests::broken_invariants(tx); };
    EXPECT_EQ(world.database().read_now(world.caller(), check), std::vector<std::string>{});
    world.pass(seconds(3'600));
    EXPECT_EQ(explained(conversation).text("stepName"), "First");
}

TEST_F(JobsApi, ADeliveryThatIsGivenUpHasFailedAndHoldsUpNothing) {
    auto& internet = world.internet();
    internet.answer = [](const auto&) { return tests::Internet::status(503); };
    const auto webhook = world.good("POST", "/webhooks", R"({"url":"https://hooks.example/in"})").text("id");
    const auto conversation = world.conversation();
    world.good("PATCH", "/conversations/" + conversation, R"({"title":"Told second"})");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 1U);
    const auto path = "/jobs/" + id_of("webhook.deliver");
    world.good("POST", path + "/retry");
    world.run_jobs();
    ASSERT_EQ(internet.requests.size(), 2U) << "the next attempt was hurried";

    internet.answer = [](const auto&) { return tests::Internet::status(200); };
    world.good("DELETE", path);
    world.run_jobs();
    EXPECT_EQ(internet.requests.size(), 3U);
    const auto deliveries = world.good("GET", "/webhooks/" + webhook + "/deliveries");
    EXPECT_EQ(deliveries.text("0.state"), "delivered");
    EXPECT_EQ(deliveries.text("1.state"), "failed");
    EXPECT_TRUE(world.good("GET", "/jobs").json.as_array().empty());
}

TEST_F(JobsApi, OneThatFailsHoldsUpNoOtherAndWaitsForAPersonInTheEnd) {
    const auto first = timed();
    const auto second = timed("Care");
    const auto odd = job("no.such", "odd");
    auto attempts = [&] { return found("id", odd).at("attempts").as_int64(); };
    world.pass(seconds(60));
    for (const auto& conversation : {first, second}) EXPECT_EQ(explained(conversation).text("stepName"), "Last");
    std::int64_t made = 1;
    for (const auto wait : {seconds(1), seconds(10), seconds(60), seconds(600)}) {
        EXPECT_EQ(found("id", odd).at("state").as_string(), "pending");
        world.pass({wait.milliseconds - 1});
        EXPECT_EQ(attempts(), made) << "too early";
        world.pass({1});
        EXPECT_EQ(attempts(), ++made);
    }
    world.pass(seconds(86'400));
    EXPECT_EQ(attempts(), made);
    const auto failed = world.good("GET", "/jobs?state=failed");
    EXPECT_EQ(failed.text("0.id"), odd);
    EXPECT_NE(failed.text("0.lastError").find("'no.such'"), std::string::npos);

    EXPECT_EQ(world.good("POST", "/jobs/" + odd + "/retry").text("state"), "pending");
    world.run_jobs();
    EXPECT_EQ(attempts(), 1);
}

}  // namespace
}  // namespace etapa::api
