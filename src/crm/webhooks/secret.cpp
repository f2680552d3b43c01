#include "crm/webhooks/secret.hpp"

#include "base/crypto.hpp"
#include "base/problem.hpp"

namespace etapa::webhooks {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t secret_bytes = 24;

}  // namespace

std::string new_secret(Random& random) {
    std::string bytes(secret_bytes, '\0');
    random.fill(std::as_writable_bytes(std::span(bytes)));
    return std::string(prefix) + crypto::base64(bytes);
}

std::string signature(const std::string& secret, std::string_view webhook_id, std::int64_t timestamp_seconds,
                      std::string_view payload) {
    const auto key = crypto::from_base64(std::string_view(secret).substr(prefix.size()));
    ensure(key.has_value(), "a secret is what new_secret made");
    std::string text(webhook_id);
    text += '.' + std::to_string(timestamp_seconds) + '.';
    text += payload;
    return "v1," + crypto::base64(crypto::hmac_sha256(*key, text));
}

}  // namespace etapa::webhooks
