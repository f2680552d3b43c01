#pragma once
// The end user of a conversation, as a request describes them.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/contacts/contact.hpp"

#include <optional>

namespace etapa::api {

struct EndUser {
    std::optional<ShortText> first_name;
    std::optional<ShortText> last_name;
    std::optional<Email> email;
    std::optional<ShortText> phone_number;
    std::optional<ShortText> user_id;

    static constexpr std::string_view schema_name = "EndUser";
    static consteval auto fields() {
        return describe(field("firstName", &EndUser::first_name, "First name."),
                        field("lastName", &EndUser::last_name, "Last name."),
                        field("email", &EndUser::email, "E-mail address."),
                        field("phoneNumber", &EndUser::phone_number, "Phone number with country code."),
                        field("userId", &EndUser::user_id, "Id in another system; kept as externalId."));
    }
};

inline Contact contact_of(const EndUser& user) {
    Contact contact;
    contact.first_name = user.first_name;
    contact.last_name = user.last_name;
    contact.email = user.email;
    contact.phone_number = user.phone_number;
    contact.external_id = user.user_id;
    return contact;
}

}  // namespace etapa::api
