#pragma once
// The secrets with which deliveries are signed: how they are made, how they are kept, and the signature of Standard
// Webhooks 1.0. The only place that sees a secret as it is.

#include "base/random.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace etapa::webhooks {

// `whsec_` and 24 random bytes in Base64.
std::string new_secret(Random& random);

// What is stored of a secret, and the secret again. Today the text itself.
std::string sealed(const std::string& secret);
std::string opened(const std::string& stored);

// The value of the header `webhook-signature`.
std::string signature(const std::string& secret, std::string_view webhook_id, std::int64_t timestamp_seconds,
                      std::string_view payload);

}  // namespace etapa::webhooks
