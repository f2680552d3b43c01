#pragma once
// The secrets with which deliveries are signed: how they are made, and the signature of Standard Webhooks 1.0. They are
// stored sealed (base/vault.hpp), and opened only to sign.

#include "base/random.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace etapa::webhooks {

// `whsec_` and 24 random bytes in Base64.
std::string new_secret(Random& random);

// The value of the header `webhook-signature`.
std::string signature(const std::string& secret, std::string_view webhook_id, std::int64_t timestamp_seconds,
                      std::string_view payload);

}  // namespace etapa::webhooks
