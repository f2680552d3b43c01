#include "base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace etapa {

void Bell::ring() {
    {
        const std::lock_guard lock(mutex_);
        pending_ = true;
    }
    rung_.notify_all();
}

Time SystemClock::now() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count() + ahead_milliseconds_};
}

void SystemClock::wait(Bell& bell, std::optional<Time> until) {
    std::unique_lock lock(bell.mutex_);
    const auto rung = [&] { return bell.pending_; };
    if (until) {
        // The wall clock may be set back or forth meanwhile, so nobody sleeps longer than a second without looking.
        constexpr std::int64_t look_again_milliseconds = 1'000;
        const auto span = std::clamp((*until - now()).milliseconds, std::int64_t{0}, look_again_milliseconds);
        bell.rung_.wait_for(lock, std::chrono::milliseconds(span), rung);
    } else {
        bell.rung_.wait(lock, rung);
    }
    bell.pending_ = false;
}

Time ManualClock::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

void ManualClock::wait(Bell& bell, std::optional<Time> until) {
    {
        const std::lock_guard lock(mutex_);
        if (until && *until <= now_) return;
        waiting_.push_back(&bell);
    }
    {
        std::unique_lock lock(bell.mutex_);
        bell.rung_.wait(lock, [&] { return bell.pending_; });
        bell.pending_ = false;
    }
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, &bell);
}

void ManualClock::advance(Duration span) {
    const std::lock_guard lock(mutex_);
    now_ = now_ + span;
    for (Bell* bell : waiting_) bell->ring();
}

}  // namespace etapa
