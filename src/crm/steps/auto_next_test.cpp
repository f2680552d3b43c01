#include "crm/steps/store.hpp"

#include <gtest/gtest.h>

namespace etapa::steps {
namespace {

Step step_with(std::optional<std::int64_t> time, std::optional<TimeUnit> unit) {
    Step step;
    step.auto_next_step_id = StepId{"next"};
    if (time) step.auto_next_time.emplace(*time);
    step.auto_next_time_unit = unit;
    return step;
}

TEST(AutoNext, CountsInItsUnitOrElseInSeconds) {
    EXPECT_EQ(auto_next_after(step_with(90, std::nullopt)), seconds(90));
    EXPECT_EQ(auto_next_after(step_with(2, TimeUnit::minutes)), seconds(120));
    EXPECT_EQ(auto_next_after(step_with(2, TimeUnit::hours)), seconds(7'200));
    EXPECT_EQ(auto_next_after(step_with(366, TimeUnit::days)), seconds(366LL * 86'400));
}

TEST(AutoNext, TheLargestProductDoesNotOverflow) {
    EXPECT_EQ(auto_next_span(step_with(366LL * 86'400, TimeUnit::days)), seconds(366LL * 86'400 * 86'400));
}

TEST(AutoNext, NeedsATargetAndATimeAndAStepThatKeeps) {
    EXPECT_EQ(auto_next_after(step_with(std::nullopt, TimeUnit::days)), std::nullopt);
    auto without_target = step_with(5, std::nullopt);
    without_target.auto_next_step_id.reset();
    EXPECT_EQ(auto_next_after(without_target), std::nullopt);
    auto removal = step_with(5, std::nullopt);
    removal.is_conversation_removal_step = true;
    EXPECT_EQ(auto_next_after(removal), std::nullopt);
}

TEST(AutoNext, KeepsTheTimersOfEntriesAfterTheLatestEnd) {
    auto step = step_with(5, std::nullopt);
    EXPECT_TRUE(keeps_timer(step, Time{0}));
    step.timers_ended_at = Time{1'000};
    EXPECT_FALSE(keeps_timer(step, Time{1'000}));
    EXPECT_TRUE(keeps_timer(step, Time{1'001}));
    step.auto_next_time.reset();
    EXPECT_FALSE(keeps_timer(step, Time{1'001}));
}

}  // namespace
}  // namespace etapa::steps
