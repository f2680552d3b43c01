#pragma once
// A membership is a person's place in an organization; it is what conversations are assigned to (API fact 10).

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

enum class MemberRole : std::uint8_t { owner, admin, user };
constexpr auto names(MemberRole) { return std::to_array<std::string_view>({"OWNER", "ADMIN", "USER"}); }

struct Membership {
    MembershipId id;
    OrganizationId organization_id;
    UserId user_id;
    Email email;
    Name name;
    MemberRole role = MemberRole::user;
    bool disabled = false;
    std::optional<Time> accepted_at;  // empty while an invitation is pending
    Time created_at;
    Time updated_at;
    std::optional<Time> deleted_at;  // a tombstone: gone for every reader, while a job clears the assignments

    // May be given conversations (R61).
    [[nodiscard]] bool eligible() const { return !disabled && accepted_at && !deleted_at; }

    static constexpr std::string_view schema_name = "Membership";
    static consteval auto fields() {
        return describe(field("id", &Membership::id, "Identity of the membership.", server_set),
                        field("organizationId", &Membership::organization_id, "Organization.", internal),
                        field("userId", &Membership::user_id, "The person.", server_set),
                        field("email", &Membership::email, "E-mail address.", fixed, required),
                        field("name", &Membership::name, "Name."),
                        field("role", &Membership::role, "What the member may do.", required),
                        field("disabled", &Membership::disabled, "Shut out, and given no conversations."),
                        field("acceptedAt", &Membership::accepted_at, "When the invitation was accepted.", server_set),
                        field("createdAt", &Membership::created_at, "When the member joined.", server_set),
                        field("updatedAt", &Membership::updated_at, "When the membership last changed.", server_set),
                        field("deletedAt", &Membership::deleted_at, "Tombstone.", internal));
    }
};

}  // namespace etapa
