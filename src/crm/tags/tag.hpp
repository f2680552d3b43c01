#pragma once
// A tag of the organization, as lists show it. Conversations carry its name (store.hpp).

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

namespace etapa {

struct Tag {
    TagId id;
    OrganizationId organization_id;
    Name name;
    ShortText color;
    Time created_at;

    static constexpr std::string_view schema_name = "Tag";
    static consteval auto fields() {
        return describe(field("id", &Tag::id, "Identity of the tag.", server_set),
                        field("organizationId", &Tag::organization_id, "Organization.", internal),
                        field("name", &Tag::name, "The tag itself.", required),
                        field("color", &Tag::color, "Colour in which it is shown."),
                        field("createdAt", &Tag::created_at, "When it was first used.", internal));
    }
};

}  // namespace etapa
