#pragma once
// The table of API keys, and the form of their tokens: `etapa_`, 256 random bits and a checksum in hexadecimal digits.
// The checksum makes a mistyped or shortened token known as such without asking the database.

#include "crm/keys/key.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::keys {

struct NewKey {
    ApiKey key;
    std::string token;  // to be shown once
};

NewKey create(WriteTx& tx, const Name& name, std::optional<Time> expires_at);

// Revoked ones too, oldest first.
std::vector<ApiKey> list(ReadTx& tx);
// Those with these ids.
std::vector<ApiKey> of(ReadTx& tx, const std::vector<KeyId>& ids);

ApiKey lock(WriteTx& tx, const KeyId& id);
// A revoked key stays revoked; doing it twice changes nothing.
ApiKey revoke(WriteTx& tx, const KeyId& id);

// By what a token is found; empty when it is none.
std::optional<std::string> hash_of(std::string_view token);

// The key with this id, if there is one, revoked or not.
Later<ApiKey> find_later(ReadTx& tx, const KeyId& id);

// The key that this token opens with now; empty when it is no token, unknown, expired or revoked. The transaction needs
// no organization: the answer tells which one it is.
std::optional<ApiKey> find_by_token(ReadTx& tx, std::string_view token, Time now);

// Notes that the key was used now, unless that was noted less than this ago.
inline constexpr Duration note_use_every = seconds(60);
void note_use(WriteTx& tx, const KeyId& id);

}  // namespace etapa::keys
