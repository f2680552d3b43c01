// Requests that arrive twice under an Idempotency-Key.
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace etapa::tests {
namespace {

class Repeated : public testing::Test {
protected:
    Answer send(std::string_view method, std::string_view target, std::string_view body, std::string_view name) {
        auto request = World::request(world.key(), method, target, body);
        request.headers.emplace_back("idempotency-key", name);
        return world.send(request);
    }

    static bool is_replayed(const Answer& answer) {
        return std::ranges::find(answer.headers, std::pair<std::string, std::string>("Idempotent-Replayed", "true")) !=
               answer.headers.end();
    }

    std::size_t scenarios() { return world.good("GET", "/crm/scenario").json.as_array().size(); }

    static constexpr std::string_view body = R"({"name":"Sales"})";
    World world;
};

TEST_F(Repeated, IsDoneOnceAndAnsweredAgain) {
    const auto first = send("POST", "/crm/scenario", body, "a");
    const auto second = send("POST", "/crm/scenario", body, "a");
    EXPECT_EQ(first.status, 201);
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(second.body, first.body);
    EXPECT_FALSE(is_replayed(first));
    EXPECT_TRUE(is_replayed(second));
    EXPECT_EQ(scenarios(), 1U);
    EXPECT_EQ(world.new_events(), std::vector<std::string>{"scenario.created"});
}

TEST_F(Repeated, AnotherRequestUnderTheSameKeyIsRefused) {
    const auto scenario = send("POST", "/crm/scenario", body, "a").text("id");
    const auto path = "/crm/scenario/" + scenario;
    EXPECT_EQ(send("POST", "/crm/scenario", R"({"name":"Other"})", "a").status, 422);
    EXPECT_EQ(send("POST", "/crm/scenario?x=1", body, "a").status, 422);
    EXPECT_EQ(send("PATCH", path, body, "a").status, 422);
    const auto refused = send("DELETE", path, "", "a");
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(refused.text("code"), "idempotency_mismatch");
    EXPECT_EQ(scenarios(), 1U);
}

// API fact 8.5: whose variables are meant may stand in a header.
TEST_F(Repeated, ForAnotherConversationIsAnotherRequest) {
    auto set = [&](const std::string& conversation) {
        auto request = World::request(world.key(), "PUT", "/contacts/variables",
                                      R"({"key":"plan","value":"gold","source":"human"})");
        request.headers.emplace_back("idempotency-key", "a");
        request.headers.emplace_back("conversationid", conversation);
        return world.send(request).status;
    };
    const auto one = world.conversation(R"("contact":{"phoneNumber":"+5511900000001"})");
    const auto other = world.conversation(R"("contact":{"phoneNumber":"+5511900000002"})");
    EXPECT_EQ(set(one), 200);
    EXPECT_EQ(set(one), 200);
    EXPECT_EQ(set(other), 422);
}

TEST_F(Repeated, EveryMethodThatChangesSomething) {
    const auto scenario = world.scenario();
    const auto path = "/crm/scenario/" + scenario;
    for (const auto& [method, target, sent] :
         std::vector<std::array<std::string, 3>>{{"POST", "/conversation", "{}"},
                                                 {"PUT", "/crm/scenario", R"({"id":")" + scenario + R"(","name":"B"})"},
                                                 {"PATCH", path, R"({"name":"C"})"},
                                                 {"DELETE", path, ""}}) {
        const auto first = send(method, target, sent, method);
        const auto second = send(method, target, sent, method);
        EXPECT_EQ(first.status / 100, 2) << method << first.body;
        EXPECT_EQ(second.status, first.status) << method;
        EXPECT_EQ(second.body, first.body) << method;
        EXPECT_TRUE(is_replayed(second)) << method;
    }
}

TEST_F(Repeated, AFailureIsNotRecorded) {
    const std::string late = R"({"scenarioId":"cnothing","name":"New","prompt":"Hi"})";
    EXPECT_EQ(send("POST", "/crm/step", late, "a").status, 404);
    EXPECT_EQ(send("POST", "/crm/scenario", "{}", "b").status, 400);
    EXPECT_EQ(send("POST", "/crm/scenario", body, "a").status, 201);
    EXPECT_EQ(send("POST", "/crm/scenario", body, "b").status, 201);
}

TEST_F(Repeated, OrganizationsDoNotShareKeys) {
    send("POST", "/crm/scenario", body, "a");
    auto request = World::request(world.second_organization_key(), "POST", "/crm/scenario", R"({"name":"Theirs"})");
    request.headers.emplace_back("idempotency-key", "a");
    const auto theirs = world.send(request);
    EXPECT_EQ(theirs.status, 201);
    EXPECT_FALSE(is_replayed(theirs));
}

TEST_F(Repeated, IsRememberedAcrossARestartForADay) {
    const auto first = send("POST", "/crm/scenario", body, "a");
    world.stop();
    world.start();
    world.clock().advance(seconds(24 * 3'600 - 1));
    EXPECT_EQ(send("POST", "/crm/scenario", body, "a").body, first.body);
    world.clock().advance(seconds(1));
    EXPECT_NE(send("POST", "/crm/scenario", body, "a").body, first.body);
    EXPECT_EQ(scenarios(), 2U);
}

TEST_F(Repeated, OldRecordsGo) {
    for (int number = 0; number < 20; ++number) send("POST", "/conversation", "{}", std::to_string(number));
    world.clock().advance(seconds(24 * 3'600));
    for (int number = 20; number < 30; ++number) send("POST", "/conversation", "{}", std::to_string(number));
    auto count = [](ReadTx& tx) {
        return tx.one<std::int64_t>("SELECT count(*) FROM idempotency WHERE organization_id = $1", tx.organization());
    };
    EXPECT_EQ(world.database().read_now(world.caller(), count), 10);
}

TEST_F(Repeated, AKeyIsShortAndPrintable) {
    EXPECT_EQ(send("POST", "/crm/scenario", body, std::string(255, 'k')).status, 201);
    for (const auto& bad : {std::string(256, 'k'), std::string("caf\xc3\xa9")}) {
        const auto answer = send("POST", "/crm/scenario", body, bad);
        EXPECT_EQ(answer.status, 400) << bad;
        EXPECT_EQ(answer.bad_fields(), std::vector<std::string>{"Idempotency-Key"});
    }
}

TEST_F(Repeated, AtTheSameTimeHasOneEffect) {
    std::vector<Answer> answers(16);
    {
        std::vector<std::jthread> clients;
        for (auto& answer : answers) {
            clients.emplace_back([&] { answer = send("POST", "/crm/scenario", body, "a"); });
        }
    }
    for (const auto& answer : answers) {
        EXPECT_EQ(answer.status, 201);
        EXPECT_EQ(answer.body, answers.front().body);
    }
    EXPECT_EQ(std::ranges::count_if(answers, is_replayed), 15);
    EXPECT_EQ(scenarios(), 1U);
}

TEST_F(Repeated, ASecretIsShownToItsSenderAgainAndStoredNowhere) {
    const auto first = send("POST", "/keys", R"({"name":"Shop"})", "a");
    const auto secret = first.text("apiKey");
    EXPECT_EQ(send("POST", "/keys", R"({"name":"Shop"})", "a").text("apiKey"), secret);
    auto stored = [](ReadTx& tx) {
        return tx.one<std::string>("SELECT body FROM idempotency WHERE organization_id = $1", tx.organization());
    };
    EXPECT_EQ(world.database().read_now(world.caller(), stored).find(secret), std::string::npos);
    auto from_another = World::request(secret, "POST", "/keys", R"({"name":"Shop"})");
    from_another.headers.emplace_back("idempotency-key", "a");
    EXPECT_EQ(world.send(from_another).status, 422);
}

TEST_F(Repeated, WhatNeedsNoApiKeyIsNotRecorded) {
    for (int attempt = 0; attempt < 2; ++attempt) {
        auto request = World::request("", "GET", "/readyz");
        request.headers.emplace_back("idempotency-key", "a");
        const auto answer = world.send(request);
        EXPECT_EQ(answer.status, 200);
        EXPECT_FALSE(is_replayed(answer));
    }
}

TEST_F(Repeated, WithoutAKeyIsDoneAgain) {
    world.good("POST", "/crm/scenario", body);
    world.good("POST", "/crm/scenario", body);
    EXPECT_EQ(scenarios(), 2U);
}

}  // namespace
}  // namespace etapa::tests
