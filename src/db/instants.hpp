#pragma once
// The instants of transactions: the time of the clock, but never before an instant that was given earlier.

#include "base/clock.hpp"

#include <algorithm>
#include <mutex>

namespace etapa::db {

// Safe from any thread.
class Instants {
public:
    explicit Instants(const Clock& clock) : clock_(clock) {}

    Time next() {
        const std::lock_guard lock(mutex_);
        latest_ = std::max(latest_, clock_.now());
        return latest_;
    }

private:
    const Clock& clock_;
    std::mutex mutex_;
    Time latest_;
};

}  // namespace etapa::db
