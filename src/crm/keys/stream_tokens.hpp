#pragma once
// Tokens that open the live stream and nothing else, for some minutes: browsers cannot send a key with a stream, and a
// key must not stand in an address. Only hashes are stored.

#include "base/fields.hpp"
#include "crm/ids.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace etapa {

struct StreamToken {
    OrganizationId organization_id;
    std::string hash;
    KeyId key_id;  // the key that asked for it
    Time expires_at;

    static consteval auto fields() {
        return describe(field("organizationId", &StreamToken::organization_id, "Organization."),
                        field("hash", &StreamToken::hash, "Hash of the token."),
                        field("keyId", &StreamToken::key_id, "Key that asked for it."),
                        field("expiresAt", &StreamToken::expires_at, "When it stops to work."));
    }
};

namespace stream_tokens {

struct NewToken {
    std::string token;
    Time expires_at;
};
// Makes one for the caller, and forgets those that have expired.
NewToken create(WriteTx& tx);
// The token, if it is known and has not expired.
std::optional<StreamToken> find(ReadTx& tx, std::string_view token);

}  // namespace stream_tokens
}  // namespace etapa
