#include "api/known_keys.hpp"

#include <utility>

namespace etapa::api {

std::optional<ApiKey> KnownKeys::find(const std::string& hash) const {
    const std::lock_guard lock(mutex_);
    const auto known = keys_.find(hash);
    return known == keys_.end() ? std::nullopt : std::optional(known->second);
}

void KnownKeys::keep(const ApiKey& key) {
    const std::lock_guard lock(mutex_);
    if (keys_.size() >= keys_max) keys_.clear();  // each is asked for once more
    keys_.insert_or_assign(key.hash, key);
}

void KnownKeys::renew(ApiKey& key, Later<ApiKey>& asked, Time now) {
    auto read = asked.take();
    if (!read.empty() && read.front().opens_at(now)) {
        key = std::move(read.front());
        return;
    }
    const std::lock_guard lock(mutex_);
    keys_.erase(key.hash);
    throw no_valid_key();
}

}  // namespace etapa::api
