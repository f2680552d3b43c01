#include "api/rate_limit.hpp"

#include <utility>

namespace etapa::api {

RateLimit::Standing RateLimit::count(const KeyId& key, Time now) {
    constexpr std::int64_t minute_milliseconds = 60'000;
    const auto minute = now.milliseconds / minute_milliseconds;
    const auto reset_at = (minute + 1) * minute_milliseconds;
    unsigned used = 0;
    {
        const std::lock_guard lock(mutex_);
        if (minute != std::exchange(minute_, minute)) counts_.clear();
        used = ++counts_[key.value];
    }
    Standing standing{.allowed = used <= requests_per_minute_, .limit = requests_per_minute_};
    standing.remaining = standing.allowed ? requests_per_minute_ - used : 0;
    standing.reset_at_seconds = reset_at / 1'000;
    standing.retry_after_seconds = (reset_at - now.milliseconds + 999) / 1'000;
    return standing;
}

}  // namespace etapa::api
