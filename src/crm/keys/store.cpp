#include "crm/keys/store.hpp"

#include "base/crypto.hpp"
#include "base/problem.hpp"

namespace etapa::keys {
namespace {

constexpr std::string_view prefix = "etapa_";
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t checksum_digits = 8;
constexpr std::size_t token_characters = prefix.size() + 2 * secret_bytes + checksum_digits;

std::string checksum(std::string_view token_without_it) {
    return crypto::sha256_hex(token_without_it).substr(0, checksum_digits);
}

std::string new_token(Random& random) {
    std::string token(prefix);
    token += crypto::secret_hex(random, secret_bytes);
    return token + checksum(token);
}

bool is_well_formed(std::string_view token) {
    if (token.size() != token_characters || !token.starts_with(prefix)) return false;
    const auto body = token.substr(0, token.size() - checksum_digits);
    return crypto::equal(token.substr(body.size()), checksum(body));
}

}  // namespace

NewKey create(WriteTx& tx, const Name& name, std::optional<Time> expires_at) {
    auto token = new_token(tx.random());
    const ApiKey key{.id = tx.new_id<KeyId>(),
                     .organization_id = tx.organization(),
                     .name = name,
                     .hash = crypto::sha256_hex(token),
                     .created_at = tx.now(),
                     .expires_at = expires_at,
                     .last_used_at = {},
                     .revoked_at = {}};
    tx.insert("api_key", key);
    return {key, std::move(token)};
}

std::vector<ApiKey> list(ReadTx& tx) {
    return tx.all<ApiKey>("SELECT {columns} FROM api_key WHERE organization_id = $1 ORDER BY created_at, id",
                          tx.organization());
}

std::vector<ApiKey> of(ReadTx& tx, const std::vector<KeyId>& ids) {
    Query query("SELECT {columns} FROM api_key WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids);
    return tx.all<ApiKey>(query);
}

ApiKey lock(WriteTx& tx, const KeyId& id) {
    auto key = tx.first<ApiKey>("SELECT {columns} FROM api_key WHERE organization_id = $1 AND id = $2 {for_update}",
                                tx.organization(), id);
    if (!key) throw not_found("key", id.value);
    return *std::move(key);
}

ApiKey revoke(WriteTx& tx, const KeyId& id) {
    ApiKey key = lock(tx, id);
    if (key.revoked_at) return key;
    key.revoked_at = tx.now();
    tx.update("api_key", key);
    return key;
}

std::optional<std::string> hash_of(std::string_view token) {
    if (!is_well_formed(token)) return std::nullopt;
    return crypto::sha256_hex(token);
}

Later<ApiKey> find_later(ReadTx& tx, const KeyId& id) {
    Query query("SELECT {columns} FROM api_key");
    query.add(" WHERE organization_id = ", tx.organization()).add(" AND id = ", id);
    return tx.later<ApiKey>(query);
}

std::optional<ApiKey> find_by_token(ReadTx& tx, std::string_view token, Time now) {
    const auto hash = hash_of(token);
    if (!hash) return std::nullopt;
    // Names no organization: nobody knows yet whose key it is.
    auto key = tx.first<ApiKey>("SELECT {columns} FROM api_key WHERE hash = $1", *hash);
    if (!key || !crypto::equal(key->hash, *hash) || !key->opens_at(now)) return std::nullopt;
    return key;
}

void note_use(WriteTx& tx, const KeyId& id) {
    tx.defer(
        "UPDATE api_key SET last_used_at = $3"
        " WHERE organization_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $4)",
        tx.organization(), id, tx.now(), tx.now() - note_use_every);
}

}  // namespace etapa::keys
