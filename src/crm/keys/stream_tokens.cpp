#include "crm/keys/stream_tokens.hpp"

#include "base/crypto.hpp"

namespace etapa::stream_tokens {
namespace {

constexpr Duration lifetime = seconds(600);
constexpr std::size_t secret_bytes = 32;

}  // namespace

NewToken create(WriteTx& tx) {
    tx.defer("DELETE FROM stream_token WHERE organization_id = $1 AND expires_at <= $2", tx.organization(), tx.now());
    NewToken made{"stream_" + crypto::secret_hex(tx.random(), secret_bytes), tx.now() + lifetime};
    const StreamToken token{tx.organization(), crypto::sha256_hex(made.token), {tx.caller().actor.id}, made.expires_at};
    tx.insert("stream_token", token);
    return made;
}

std::optional<StreamToken> find(ReadTx& tx, std::string_view token) {
    const auto hash = crypto::sha256_hex(token);
    // Names no organization: nobody knows yet whose token it is. A token of a key that is revoked or has expired
    // opens nothing.
    return tx.first<StreamToken>(
        "SELECT {columns} FROM stream_token WHERE hash = $1 AND expires_at > $2 AND EXISTS (SELECT 1 FROM api_key"
        " WHERE api_key.organization_id = stream_token.organization_id AND api_key.id = stream_token.key_id"
        " AND api_key.revoked_at IS NULL AND (api_key.expires_at IS NULL OR api_key.expires_at > $2))",
        hash, tx.now());
}

}  // namespace etapa::stream_tokens
