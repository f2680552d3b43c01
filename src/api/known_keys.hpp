#pragma once
// Keys that have opened before. What is remembered admits nobody: it tells only in whose name to begin a transaction,
// in which the key is read again, together with the first that the handler reads (docs/decisions/0010).

#include "base/problem.hpp"
#include "crm/keys/store.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace etapa::api {

inline Problem no_valid_key() {
    return {401, "unauthorized", "Send a valid API key as 'Authorization: Bearer <key>'."};
}

// Safe from any thread.
class KnownKeys {
public:
    [[nodiscard]] std::optional<ApiKey> find(const std::string& hash) const;
    void keep(const ApiKey& key);

    // Runs `act`, which throws and changes nothing but what `tx` takes back, and brings `key` up to date. Throws the
    // 401 when it does not open now, also instead of any other problem.
    template <class F> void run(ReadTx& tx, ApiKey& key, Time now, F act) {
        auto asked = keys::find_later(tx, key.id);
        try {
            act();
        } catch (const Problem&) {
            renew(key, asked, now);
            throw;
        }
        renew(key, asked, now);
    }

private:
    static constexpr std::size_t keys_max = 10'000;

    void renew(ApiKey& key, Later<ApiKey>& asked, Time now);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, ApiKey> keys_;  // by the hash of the token
};

}  // namespace etapa::api
