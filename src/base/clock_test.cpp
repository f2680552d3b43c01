#include "base/clock.hpp"

#include "base/alarm.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace etapa {
namespace {

constexpr Time start{1'000};

TEST(ManualClock, MovesOnlyWhenMoved) {
    ManualClock clock(start);
    EXPECT_EQ(clock.now(), start);
    clock.advance(seconds(2));
    EXPECT_EQ(clock.now(), start + seconds(2));
}

TEST(ManualClock, MovingItWakesWhoWaits) {
    ManualClock clock(start);
    Bell bell;
    std::thread waiting([&] {
        while (clock.now() < start + seconds(10)) clock.wait(bell, start + seconds(10));
    });
    clock.advance(seconds(4));
    clock.advance(seconds(6));
    waiting.join();
}

TEST(Bell, ARingBeforeTheWaitIsNotLost) {
    ManualClock manual(start);
    SystemClock system;
    for (Clock* clock : {static_cast<Clock*>(&manual), static_cast<Clock*>(&system)}) {
        Bell bell;
        bell.ring();
        clock->wait(bell, std::nullopt);
    }
}

TEST(SystemClock, WaitsNoLongerThanUntil) {
    SystemClock clock;
    Bell bell;
    clock.wait(bell, clock.now() - seconds(1));
    const Time until = clock.now() + Duration{5};
    while (clock.now() < until) clock.wait(bell, until);
}

TEST(SystemClock, RunsAheadOfTheMachineWhereItFollowsAnother) {
    const SystemClock machine;
    SystemClock clock;
    clock.follow(seconds(3'600));
    const auto ahead = clock.now() - machine.now();
    EXPECT_GE(ahead, seconds(3'600 - 60));
    EXPECT_LE(ahead, seconds(3'600 + 60));
}

TEST(Alarm, AnEarlierTimeEndsTheWait) {
    ManualClock clock(start);
    Alarm alarm(clock);
    alarm.expect(start + seconds(10));
    alarm.set(start + seconds(5));
    alarm.wait(start + seconds(10));
}

TEST(Alarm, ALaterTimeDoesNotEndTheWait) {
    ManualClock clock(start);
    Alarm alarm(clock);
    alarm.expect(start + seconds(10));
    alarm.set(start + seconds(10));
    std::atomic<bool> woken = false;
    std::thread waiting([&] {
        alarm.wait(start + seconds(10));
        woken = true;
    });
    EXPECT_FALSE(woken);
    clock.advance(seconds(10));
    alarm.ring();
    waiting.join();
}

TEST(Alarm, WithoutATimeAnySettingEndsTheWait) {
    ManualClock clock(start);
    Alarm alarm(clock);
    alarm.expect(std::nullopt);
    alarm.set(start + seconds(100));
    alarm.wait(std::nullopt);
}

}  // namespace
}  // namespace etapa
