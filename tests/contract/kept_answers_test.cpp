// Clients that ask the same again get the answer that was kept, and never one that is not true any more.
#include "db/sqlite.hpp"
#include "db/url.hpp"
#include "support/served.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace etapa::tests {
namespace {

class KeptAnswers : public ::testing::Test {
protected:
    KeptAnswers() {
        scenario_ = served_.good("POST", "/crm/scenario", R"({"name":"Sales"})").text("id");
        step_ = served_
                    .good("POST", "/crm/step",
                          R"({"scenarioId":")" + scenario_ + R"(","name":"New","prompt":"Greet","trigger":"hello"})")
                    .text("id");
    }

    std::string name() { return served_.good("GET", "/crm/step/" + step_).text("name"); }

    // How many answers were given again.
    int recalled() {
        const auto metrics = served_.send("GET", "/metrics", "", "").body;
        std::smatch found;
        EXPECT_TRUE(std::regex_search(metrics, found, std::regex(R"(\netapa_http_answers_recalled_total (\d+))")));
        return std::stoi(found[1]);
    }

    Served served_;
    std::string scenario_;
    std::string step_;
};

using SqliteKeptAnswers = KeptAnswers;

TEST_F(SqliteKeptAnswers, AreGivenWhileNothingChanges) {
    name();  // notes that the key was used
    const auto first = served_.good("GET", "/crm/step/" + step_);
    const auto list = served_.good("GET", "/crm/step?scenarioId=" + scenario_);
    const int before = recalled();
    const auto second = served_.good("GET", "/crm/step/" + step_);
    EXPECT_EQ(second.body, first.body);
    EXPECT_EQ(second.headers, first.headers);
    EXPECT_EQ(served_.good("GET", "/crm/step?scenarioId=" + scenario_).body, list.body);
    EXPECT_EQ(recalled(), before + 2);
}

TEST_F(KeptAnswers, AreForgottenWithAnyChange) {
    for (const std::string_view wanted : {"One", "Two", "Three"}) {
        served_.good("PUT", "/crm/step", R"({"id":")" + step_ + R"(","name":")" + std::string(wanted) + R"("})");
        EXPECT_EQ(name(), wanted);
        EXPECT_EQ(name(), wanted);
    }
}

TEST_F(KeptAnswers, BelongToOneKey) {
    const auto other = served_.good("POST", "/keys", R"({"name":"Other"})");
    const auto with = [&](std::string_view key) {
        return served_.send("GET", "/crm/step/" + step_, "", "Authorization: Bearer " + std::string(key) + "\r\n")
            .status;
    };
    name();
    name();
    EXPECT_EQ(with("wrong"), 401);
    EXPECT_EQ(with(""), 401);
    EXPECT_EQ(with(other.text("apiKey")), 200);
    EXPECT_EQ(with(other.text("apiKey")), 200);
    served_.good("DELETE", "/keys/" + other.text("id"));
    EXPECT_EQ(with(other.text("apiKey")), 401);
    EXPECT_EQ(name(), "New");
}

TEST_F(KeptAnswers, AreNotThoseOfAnotherHost) {
    const auto agent = served_.good("POST", "/agents", R"({"name":"Bot"})").text("id");
    const auto channels = "/agents/" + agent + "/channels";
    served_.good("POST", channels,
                 R"({"type":"whatsapp","phoneNumberId":"1","phoneNumber":"+1 555","accessToken":"t",)"
                 R"("appSecret":"s","webhookVerifyToken":"v"})");
    for (const std::string host : {"one.example", "one.example", "two.example"}) {
        const auto list = served_.good("GET", channels, "", "Host: " + host + "\r\n");
        EXPECT_TRUE(list.text("0.hookUrl").starts_with("http://" + host + '/')) << list.body;
    }
}

TEST_F(SqliteKeptAnswers, AreForgottenWhenAnotherProcessChangesSomething) {
    name();
    EXPECT_EQ(name(), "New");
    db::SqliteConnection other(served_.file(), db::Access::write);
    other.execute("UPDATE step SET name = 'Changed elsewhere'");
    EXPECT_EQ(name(), "Changed elsewhere");
}

}  // namespace
}  // namespace etapa::tests
