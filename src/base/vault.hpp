#pragma once
// Seals secrets before they are stored: what opens a provider's account must not stand readable in the database, nor in
// its copies. The key lies elsewhere, in the key file.

#include "base/crypto.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace etapa {

class Vault {
public:
    // `key` has crypto::key_bytes bytes.
    explicit Vault(std::string key) : key_(std::move(key)) {}

    [[nodiscard]] std::string seal(std::string_view text, Random& random) const {
        return crypto::seal(key_, text, random);
    }
    // Empty when it was sealed with another key.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed) const { return crypto::open(key_, sealed); }

private:
    std::string key_;
};

}  // namespace etapa
