// Messages that leave through a provider: at most once after they were handed over (R29).
#include "delivery/messages.hpp"

#include "crm/jobs/store.hpp"

namespace etapa::tests {
namespace {

// A node that was away for longer than its lease leaves the message to whoever has it now.
TEST_F(Messages, AreNotHandedOverByAnAttemptThatHasLostItsLease) {
    say("Hello");
    Metrics metrics;
    SeededRandom random{2};
    const Env env{world.clock(), Log::silent(), metrics, random};
    Alarm alarm{world.clock()};
    work::Courier away{env, internet, {}};
    auto waiting = [](ReadTx& tx) { return jobs::list(tx, JobState::pending, 1); };
    const auto jobs = world.database().read_now(world.caller(), waiting);
    away.take(world.database(), alarm, {world.caller(), jobs.at(0), "an attempt of long ago"});
    away.work_off();
    EXPECT_TRUE(internet.requests.empty());
    EXPECT_EQ(delivery("Hello"), "waiting");
    world.run_jobs();
    EXPECT_EQ(delivery("Hello"), "sent");
}

TEST_F(Messages, GoToTheProviderOnce) {
    say("Hello");
    EXPECT_EQ(delivery("Hello"), "waiting");
    world.pass(seconds(1));
    ASSERT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(internet.requests[0].url, "https://graph.facebook.com/v21.0/106540352242922/messages");
    EXPECT_EQ(internet.requests[0].headers.front(),
              (std::pair<std::string, std::string>{"Authorization", "Bearer access-token"}));
    EXPECT_EQ(delivery("Hello"), "sent");
    world.pass(seconds(3'600));
    EXPECT_EQ(internet.requests.size(), 1U);
}

// What is told about a conversation names it, and so is told in its order.
TEST_F(Messages, TellHowFarTheyGotInTheLaneOfTheirConversation) {
    world.good("POST", "/webhooks", R"({"url":"https://hooks.example/in","events":["message.changed"]})");
    say("Hello");
    world.pass(seconds(1));
    world.pass(seconds(1));
    std::vector<std::string> told;
    for (const auto& request : internet.requests) {
        if (!request.url.starts_with("https://hooks.example")) continue;
        const auto data = boost::json::parse(request.body).at("data");
        EXPECT_EQ(data.at("conversationId"), boost::json::value(conversation)) << request.body;
        told.emplace_back(data.at("to").at("delivery").as_string());
    }
    EXPECT_EQ(told, (std::vector<std::string>{"handed_over", "sent"}));
}

// R115: rather not at all than twice.
TEST_F(Messages, AreUncertainWhenNobodyKnowsWhetherTheyWereTaken) {
    internet.answer = [](const auto&) { return Internet::silence(); };
    say("Hello");
    for (int count = 0; count < 5; ++count) world.pass(seconds(3'600));
    EXPECT_EQ(internet.requests.size(), 1U);
    EXPECT_EQ(delivery("Hello"), "uncertain");
}

// The provider's news may overtake the record of its answer, or clear up what nobody knew.
TEST_F(Messages, WhoseAnswerIsUnknownAreKnownByTheirOwnIdInReports) {
    internet.answer = [](const auto&) { return Internet::silence(); };
    say("Hello");
    world.pass(seconds(1));
    ASSERT_EQ(delivery("Hello"), "uncertain");
    report(R"("status":"delivered")", false);
    EXPECT_EQ(delivery("Hello"), "uncertain");
    report(R"("status":"delivered")");
    EXPECT_EQ(delivery("Hello"), "delivered");
    report(R"("status":"read")", false);
    EXPECT_EQ(delivery("Hello"), "read");
}

TEST_F(Messages, WhoseAnswerIsUnknownAreBlockedByALateReport) {
    internet.answer = [](const auto&) { return Internet::silence(); };
    say("Hello");
    world.pass(seconds(1));
    report(R"("status":"failed","errors":[{"code":131047,"title":"Re-engagement message"}])");
    EXPECT_EQ(delivery("Hello"), "none");
}

TEST_F(Messages, ThatCannotLeaveWholeAreRefusedAndNotStored) {
    const auto answer = world.call("POST", "/conversations/message/conversationId/" + conversation,
                                   R"({"message":"Two files","attachments":[)"
                                   R"({"url":"https://x.example/a.png","name":"a","mimeType":"image/png"},)"
                                   R"({"url":"https://x.example/b.png","name":"b","mimeType":"image/png"}]})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.bad_fields(), std::vector<std::string>{"attachments"});
    EXPECT_EQ(delivery("Two files"), "none");
}

TEST_F(Messages, AreTriedAgainWhenTheySurelyWereNotTaken) {
    refuse_for_now();
    say("Hello");
    world.pass(seconds(1));
    EXPECT_EQ(delivery("Hello"), "waiting");
    internet.answer = [](const auto&) { return Internet::status(200, {}, std::string(accepted)); };
    world.pass(seconds(6));
    EXPECT_EQ(internet.requests.size(), 2U);
    EXPECT_EQ(delivery("Hello"), "sent");
}

TEST_F(Messages, WaitWhileANodeCannotOpenTheSecretsOfTheirChannel) {
    auto secrets = [](ReadTx& tx) {
        return tx.one<std::string>("SELECT secrets FROM channel_connection WHERE organization_id = $1",
                                   tx.organization());
    };
    const auto sealed = world.database().read_now(world.caller(), secrets);
    const auto seal = [&](const std::string& text) {
        auto body = [&](WriteTx& tx) {
            tx.run("UPDATE channel_connection SET secrets = $2 WHERE organization_id = $1", tx.organization(), text);
        };
        world.database().write_now(world.caller(), body);
    };
    seal("by another key");
    say("Hello");
    world.pass(seconds(1));
    EXPECT_EQ(delivery("Hello"), "waiting");
    EXPECT_TRUE(internet.requests.empty());
    seal(sealed);
    world.pass(seconds(6));
    EXPECT_EQ(delivery("Hello"), "sent");
}

// R101
TEST_F(Messages, OfAStepThatAreTriedInVainLeaveOneRowOfHistory) {
    refuse_for_now();
    const auto step = world.step(world.scenario(), "Talk", R"("initialMessage":"Hello")");
    world.place(conversation, step);
    const auto errors = "/crm/conversationLog?status=error&conversationId=" + conversation;
    constexpr std::size_t attempts = 10;
    world.pass(seconds(1));
    for (std::size_t made = 1; made < attempts; ++made) {
        ASSERT_EQ(internet.requests.size(), made);
        ASSERT_EQ(world.good("GET", errors).at("pagination.total").to_number<int>(), 0);
        world.clock().advance(seconds(27 * 3'600));
        hear();  // the window of 24 hours stays open
        world.run_jobs();
    }
    world.pass(seconds(27 * 3'600));
    EXPECT_EQ(internet.requests.size(), attempts);
    EXPECT_EQ(delivery("Hello"), "failed");
    const auto rows = world.good("GET", errors);
    EXPECT_EQ(rows.at("pagination.total").to_number<int>(), 1);
    EXPECT_EQ(rows.text("data.0.detail"), "The message of the step was not sent: Rate limit hit");
}

TEST_F(Messages, OfOneConversationGoInOrder) {
    accept_all();
    for (const auto* text : {"one", "two", "three", "four"}) say(text);
    world.pass(seconds(2));
    EXPECT_EQ(texts(), (std::vector<std::string>{"one", "two", "three", "four"}));
}

TEST_F(Messages, OfOneConversationWaitBehindTheOneThatIsTriedAgain) {
    refuse_for_now();
    say("one");
    say("two");
    world.pass(seconds(1));
    EXPECT_EQ(texts(), std::vector<std::string>{"one"});
    EXPECT_EQ(delivery("two"), "waiting");
    accept_all();
    world.pass(seconds(6));
    EXPECT_EQ(texts(), (std::vector<std::string>{"one", "one", "two"}));
    EXPECT_EQ(delivery("two"), "sent");
}

TEST_F(Messages, ThatSomebodyGivesUpHaveFailedAndHoldUpNoOther) {
    refuse_for_now();
    say("one");
    say("two");
    world.pass(seconds(1));
    const auto jobs = world.good("GET", "/jobs").json;
    for (const auto& job : jobs.as_array()) {
        if (job.at("attempts").to_number<int>() == 1) {
            world.good("DELETE", "/jobs/" + std::string(job.at("id").as_string()));
        }
    }
    EXPECT_EQ(delivery("one"), "failed");
    accept_all();
    world.run_jobs();
    EXPECT_EQ(delivery("two"), "sent");
}

}  // namespace
}  // namespace etapa::tests
