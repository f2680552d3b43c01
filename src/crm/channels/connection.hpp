#pragma once
// A connection is a provider's account through which an agent is reached: a number of WhatsApp. Its secrets are sealed
// with the key file, and no answer shows them.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/conversations/enums.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

using ConnectionId = Id<struct ChannelConnection>;

struct ChannelConnection {
    ConnectionId id;
    OrganizationId organization_id;
    AgentId agent_id;
    Channel type = Channel::whatsapp;
    bool enabled = true;  // whether what arrives is taken in
    std::optional<ShortText> phone_number_id;
    std::optional<ShortText> phone_number;
    std::string secrets;  // sealed
    Time next_send_at;    // when the provider takes the next message (pacing)
    Time created_at;
    Time updated_at;

    static consteval auto fields() {
        return describe(
            field("id", &ChannelConnection::id, "Identity of the connection; `service_provider_id` of its hook."),
            field("organizationId", &ChannelConnection::organization_id, "Organization.", internal),
            field("agentId", &ChannelConnection::agent_id, "The agent that is reached through it."),
            field("type", &ChannelConnection::type, "The channel."),
            field("enabled", &ChannelConnection::enabled, "Whether messages that arrive are taken in."),
            field("phoneNumberId", &ChannelConnection::phone_number_id, "The provider's id of the number."),
            field("phoneNumber", &ChannelConnection::phone_number, "The number."),
            field("secrets", &ChannelConnection::secrets, "Sealed.", internal),
            field("nextSendAt", &ChannelConnection::next_send_at, "Pacing.", internal),
            field("createdAt", &ChannelConnection::created_at, "When it was made."),
            field("updatedAt", &ChannelConnection::updated_at, "When it was last changed."));
    }
};

// What opens a provider's account, before it is sealed and after it was opened.
struct ChannelSecrets {
    std::string access_token;
    std::string app_secret;
    std::string verify_token;

    static consteval auto fields() {
        return describe(field("accessToken", &ChannelSecrets::access_token, "Lets us send."),
                        field("appSecret", &ChannelSecrets::app_secret, "Signs what arrives."),
                        field("webhookVerifyToken", &ChannelSecrets::verify_token, "Sent by the provider once."));
    }
};

}  // namespace etapa
