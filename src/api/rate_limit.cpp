#include "api/rate_limit.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

constexpr std::int64_t minute_milliseconds = 60'000;

}  // namespace

// A minute that another node has seen begin has begun.
void RateLimit::begin(std::int64_t minute) {
    if (minute <= minute_) return;
    minute_ = minute;
    counts_.clear();
}

RateLimit::Count& RateLimit::count_of(const KeyId& key) {
    const auto [known, is_new] = counts_.try_emplace(key.value);
    if (is_new) (nodes_ == Nodes::one ? known->second.given : known->second.left) = requests_per_minute_;
    return known->second;
}

std::optional<RateLimit::Standing> RateLimit::count(const KeyId& key, Time now) {
    const std::lock_guard lock(mutex_);
    begin(now.milliseconds / minute_milliseconds);
    auto& count = count_of(key);
    Standing standing{.allowed = count.used < count.given, .limit = requests_per_minute_};
    if (!standing.allowed && count.left > 0) return std::nullopt;
    if (standing.allowed) ++count.used;
    standing.remaining = static_cast<unsigned>(count.given - count.used + count.left);
    const auto reset_at = (minute_ + 1) * minute_milliseconds;
    standing.reset_at_seconds = reset_at / 1'000;
    standing.retry_after_seconds = (reset_at - now.milliseconds + 999) / 1'000;
    return standing;
}

// Many may find the share used up at once: one takes a part, the others what they need themselves.
keys::Wish RateLimit::wish(const KeyId& key) {
    const std::lock_guard lock(mutex_);
    auto& count = count_of(key);
    const bool is_asked = count.asked_at == count.given;
    count.asked_at = count.given;
    return {minute_, requests_per_minute_, is_asked ? keys::Portion::single : keys::Portion::part};
}

void RateLimit::keep(const KeyId& key, const keys::Share& share) {
    const std::lock_guard lock(mutex_);
    begin(share.minute);
    if (share.minute < minute_) return;  // that minute is over
    auto& count = count_of(key);
    count.given += share.requests;
    count.left = share.left;
}

}  // namespace etapa::api
