#pragma once
// Tells a sleeping loop that something falls due earlier than it thinks. Setting an alarm for a time at which the loop
// would wake anyway costs one atomic read, so a transaction may set one for every timer it stores.

#include "base/clock.hpp"

#include <atomic>
#include <limits>

namespace etapa {

// One loop waits; any thread sets.
class Alarm {
public:
    explicit Alarm(Clock& clock) : clock_(clock) {}

    void set(Time due) {
        if (due.milliseconds < sleeping_until_.load()) bell_.ring();
    }

    void ring() { bell_.ring(); }

    // Announces the wish to sleep; look for work once more between this and wait().
    void expect(std::optional<Time> until) {
        sleeping_until_ = until ? until->milliseconds : std::numeric_limits<std::int64_t>::max();
    }

    void wait(std::optional<Time> until) { clock_.wait(bell_, until); }

private:
    Clock& clock_;
    Bell bell_;
    std::atomic<std::int64_t> sleeping_until_ = std::numeric_limits<std::int64_t>::max();
};

}  // namespace etapa
