#pragma once
// How many requests each key may make in a minute. Counted by this process; minutes begin with the clock's.

#include "base/time.hpp"
#include "crm/ids.hpp"

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace etapa::api {

class RateLimit {
public:
    // 0: no limit.
    explicit RateLimit(unsigned requests_per_minute) : requests_per_minute_(requests_per_minute) {}

    [[nodiscard]] bool is_on() const { return requests_per_minute_ > 0; }

    struct Standing {
        bool allowed = true;
        unsigned limit = 0;
        unsigned remaining = 0;
        std::int64_t reset_at_seconds = 0;     // since 1970
        std::int64_t retry_after_seconds = 0;  // at least 1
    };
    // Counts one request. Safe from any thread.
    Standing count(const KeyId& key, Time now);

private:
    unsigned requests_per_minute_;
    std::mutex mutex_;
    std::int64_t minute_ = 0;  // the counts are of this one
    std::unordered_map<std::string, unsigned> counts_;
};

}  // namespace etapa::api
