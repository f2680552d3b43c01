#pragma once
// A message of a conversation, as stored. Fields: API fact 2.7.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

// Which side wrote: the end user, or the organization (its agent or a member).
enum class Sender : std::uint8_t { human, agent };
constexpr auto names(Sender) { return std::to_array<std::string_view>({"human", "agent"}); }

struct Message {
    MessageId id;
    OrganizationId organization_id;
    ConversationId conversation_id;
    Sender from = Sender::human;
    std::string text;
    std::optional<AgentId> agent_id;
    std::optional<ContactId> contact_id;
    std::optional<std::string> visitor_id;
    std::optional<JsonObject> metadata;
    bool read = false;
    Time created_at;
    Time updated_at;

    static constexpr std::string_view schema_name = "Message";
    static consteval auto fields() {
        return describe(field("id", &Message::id, "Identity of the message.", server_set),
                        field("organizationId", &Message::organization_id, "Organization.", internal),
                        field("conversationId", &Message::conversation_id, "Conversation.", server_set),
                        field("from", &Message::from, "Which side wrote.", column("sender")),
                        field("text", &Message::text, "What was written."),
                        field("agentId", &Message::agent_id, "Agent that wrote.", server_set),
                        field("contactId", &Message::contact_id, "Contact that wrote.", server_set),
                        field("visitorId", &Message::visitor_id, "Visitor who wrote.", server_set),
                        field("metadata", &Message::metadata, "Free data.", server_set),
                        field("read", &Message::read, "Whether a member has seen it.", server_set, column("is_read")),
                        field("createdAt", &Message::created_at, "When it was written.", server_set),
                        field("updatedAt", &Message::updated_at, "When it was last changed.", server_set));
    }
};

}  // namespace etapa
