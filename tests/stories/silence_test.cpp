// What ends or renews a timer and cannot be told as a story.
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace etapa::tests {
namespace {

// R52: timers that wait for silence; no request asks for them.
struct Waits {
    const char* name;
    std::optional<std::string> condition;  // of the step, as it is stored
    bool user_counts;
    bool organization_counts;
};

class Silence : public testing::TestWithParam<Waits> {
protected:
    Silence() {
        auto wait = [&](WriteTx& tx) {
            tx.run("UPDATE step SET inactivity_condition_type = $3 WHERE organization_id = $1 AND id = $2",
                   tx.organization(), talk, GetParam().condition);
        };
        world.database().write_now(world.caller(), wait);
    }

    // Whether the timer of a minute begins anew at a message after 40 seconds.
    bool begins_anew(const std::string& from) {
        const auto conversation = world.conversation();
        const auto step = [&] {
            return world.good("GET", "/conversations/" + conversation + "/explain").text("placement.stepId");
        };
        world.place(conversation, talk);
        world.pass(seconds(40));
        world.good("POST", "/conversations/" + conversation + "/message-register",
                   R"({"message":"Hello","from":")" + from + R"("})");
        world.pass(seconds(20));
        const bool waits = step() == talk;
        world.pass(seconds(39));
        EXPECT_EQ(step() == talk, waits);
        world.pass(seconds(1));
        EXPECT_EQ(step(), cold);
        return waits;
    }

    World world;
    std::string scenario = world.scenario();
    std::string cold = world.step(scenario, "Cold");
    std::string talk = world.step(scenario, "Talk", R"("autoNextTime":60,"autoNextStepId":")" + cold + '"');
};

TEST_P(Silence, IsBrokenByThoseItIsAbout) {
    EXPECT_EQ(begins_anew("human"), GetParam().user_counts);
    EXPECT_EQ(begins_anew("agent"), GetParam().organization_counts);
}

INSTANTIATE_TEST_SUITE_P(, Silence,
                         testing::Values(Waits{"TimeInTheStep", std::nullopt, false, false},
                                         Waits{"OfTheUser", "user_silence", true, false},
                                         Waits{"OfBothSides", "silence", true, true}),
                         [](const auto& info) { return std::string(info.param.name); });

// R57
TEST(Circles, MayGoOnWhenSomebodyWrites) {
    World world;
    const auto scenario = world.scenario();
    const auto first = world.step(scenario, "First");
    const auto second = world.step(scenario, "Second", R"("autoNextTime":60,"autoNextStepId":")" + first + '"');
    world.good("PUT", "/crm/step",
               R"({"id":")" + first + R"(","autoNextTime":60,"autoNextStepId":")" + second + R"("})");
    std::string talk;
    struct Case {
        std::string_view name;
        std::function<void()> act;
        bool goes_on;
    };
    for (const auto& [name, act, goes_on] : std::vector<Case>{
             {"nobody", [] {}, false},
             {"the end user",
              [&] { world.good("POST", "/conversations/" + talk + "/message-register", R"({"message":"Hi"})"); }, true},
             {"an operator",
              [&] { world.good("POST", "/conversation/message/conversationId/" + talk, R"({"message":"Hi"})"); }, true},
         }) {
        talk = world.conversation();
        world.place(talk, first);
        for (int hop = 0; hop < 19; ++hop) world.pass(seconds(60));
        act();
        for (int hop = 0; hop < 5; ++hop) world.pass(seconds(60));
        const auto placement = world.good("GET", "/conversations/" + talk + "/explain").at("placement");
        EXPECT_EQ(!placement.at("dueAt").is_null(), goes_on) << name;
    }
}

}  // namespace
}  // namespace etapa::tests
