#pragma once
// An organization is a tenant: everything else belongs to exactly one, and nobody sees another's (R106).

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

namespace etapa {

struct Organization {
    OrganizationId id;
    Name name;
    Time created_at;

    static constexpr std::string_view schema_name = "Organization";
    static consteval auto fields() {
        return describe(field("id", &Organization::id, "Identity of the organization."),
                        field("name", &Organization::name, "Name of the organization."),
                        field("createdAt", &Organization::created_at, "When it was created."));
    }
};

}  // namespace etapa
