#pragma once
// Where time comes from. Loops that wait for a time also wait for a bell, so that a test which moves a manual clock, or
// a transaction which stores an earlier due time, wakes them; nothing ever sleeps to wait.

#include "base/time.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace etapa {

// Something that can be rung from any thread to make a waiting loop look again. A ring before the wait is not lost.
class Bell {
public:
    void ring();

private:
    friend class Clock;
    friend class SystemClock;
    friend class ManualClock;
    std::mutex mutex_;
    std::condition_variable rung_;
    bool pending_ = false;
};

class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Time now() const = 0;
    // Returns when `bell` was rung since the last wait, or when `until` has come (never, when empty).
    virtual void wait(Bell& bell, std::optional<Time> until) = 0;
    // From now on runs `ahead` of the machine's clock, where several machines go by the clock of one database. A clock
    // that a test moves goes by nobody else's.
    virtual void follow(Duration ahead) = 0;
};

// The machine's clock.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Time now() const override;
    void wait(Bell& bell, std::optional<Time> until) override;
    void follow(Duration ahead) override { ahead_milliseconds_ = ahead.milliseconds; }

private:
    std::atomic<std::int64_t> ahead_milliseconds_ = 0;
};

// A clock that stands still until a test moves it. Moving it rings the bells of all who wait.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Time start) : now_(start) {}
    [[nodiscard]] Time now() const override;
    void wait(Bell& bell, std::optional<Time> until) override;
    void follow(Duration) override {}
    void advance(Duration span);

private:
    mutable std::mutex mutex_;
    Time now_;
    std::vector<Bell*> waiting_;
};

}  // namespace etapa
