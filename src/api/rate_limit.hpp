#pragma once
// How many requests each key may make in a minute. Minutes begin with the clock's. A node that is alone counts for
// itself; of many nodes each lets pass what it has taken from the allowance that all of them share
// (docs/decisions/0007).

#include "base/time.hpp"
#include "crm/ids.hpp"
#include "crm/keys/allowance.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace etapa::api {

class RateLimit {
public:
    enum class Nodes : std::uint8_t { one, many };

    // 0: no limit.
    RateLimit(unsigned requests_per_minute, Nodes nodes) : requests_per_minute_(requests_per_minute), nodes_(nodes) {}

    [[nodiscard]] bool is_on() const { return requests_per_minute_ > 0; }

    struct Standing {
        bool allowed = true;
        unsigned limit = 0;
        unsigned remaining = 0;
        std::int64_t reset_at_seconds = 0;     // since 1970
        std::int64_t retry_after_seconds = 0;  // at least 1
    };
    // Counts one request. Empty when this node must take another share first: then nothing is counted. Safe from any
    // thread, as the others.
    std::optional<Standing> count(const KeyId& key, Time now);

    // How the next share is to be asked for; what the database gave.
    keys::Wish wish(const KeyId& key);
    void keep(const KeyId& key, const keys::Share& share);

private:
    struct Count {
        std::int64_t used = 0;
        std::int64_t given = 0;      // to this node
        std::int64_t left = 0;       // for everybody
        std::int64_t asked_at = -1;  // what had been given when a part was asked for
    };
    Count& count_of(const KeyId& key);
    void begin(std::int64_t minute);

    unsigned requests_per_minute_;
    Nodes nodes_;
    std::mutex mutex_;
    std::int64_t minute_ = 0;  // the counts are of this one
    std::unordered_map<std::string, Count> counts_;
};

}  // namespace etapa::api
