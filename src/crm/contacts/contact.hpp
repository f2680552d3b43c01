#pragma once
// A contact is an end user as the organization knows them. Fields: API fact 2.10.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

struct Contact {
    ContactId id;
    OrganizationId organization_id;
    std::optional<Email> email;
    std::optional<ShortText> phone_number;
    std::optional<ShortText> first_name;
    std::optional<ShortText> last_name;
    std::optional<ShortText> external_id;
    std::optional<ShortText> picture;
    std::optional<JsonObject> metadata;
    Time created_at;
    Time updated_at;

    static constexpr std::string_view schema_name = "Contact";
    static consteval auto fields() {
        return describe(field("id", &Contact::id, "Identity of the contact.", server_set),
                        field("organizationId", &Contact::organization_id, "Organization that owns it.", server_set),
                        field("email", &Contact::email, "E-mail address."),
                        field("phoneNumber", &Contact::phone_number, "Phone number with country code."),
                        field("firstName", &Contact::first_name, "First name."),
                        field("lastName", &Contact::last_name, "Last name."),
                        field("externalId", &Contact::external_id, "Id in another system."),
                        field("picture", &Contact::picture, "Address of a picture."),
                        field("metadata", &Contact::metadata, "Free data."),
                        field("createdAt", &Contact::created_at, "When it was created.", server_set),
                        field("updatedAt", &Contact::updated_at, "When it was last changed.", server_set));
    }
};

}  // namespace etapa
