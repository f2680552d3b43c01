#pragma once
// An API key opens its organization with full rights (R107). The key itself, its token, is shown once and never stored:
// only a hash of it is, so that nobody who reads the database can use it.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <string>

namespace etapa {

struct ApiKey {
    KeyId id;
    OrganizationId organization_id;
    Name name;
    std::string hash;
    Time created_at;
    std::optional<Time> expires_at;
    std::optional<Time> last_used_at;  // within a minute
    std::optional<Time> revoked_at;

    [[nodiscard]] bool opens_at(Time now) const { return !revoked_at && (!expires_at || now < *expires_at); }

    static constexpr std::string_view schema_name = "ApiKey";
    static consteval auto fields() {
        return describe(field("id", &ApiKey::id, "Identity of the key; not the key itself."),
                        field("organizationId", &ApiKey::organization_id, "Organization that the key opens."),
                        field("name", &ApiKey::name, "What the key is for."),
                        field("hash", &ApiKey::hash, "Hash of the token.", internal),
                        field("createdAt", &ApiKey::created_at, "When the key was made."),
                        field("expiresAt", &ApiKey::expires_at, "When the key stops to work."),
                        field("lastUsedAt", &ApiKey::last_used_at, "When it was last used, within a minute."),
                        field("revokedAt", &ApiKey::revoked_at, "When it was revoked."));
    }
};

}  // namespace etapa
