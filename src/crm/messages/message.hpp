#pragma once
// A message of a conversation, as stored. Fields: API fact 2.7. How the API shows it: view.hpp.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <vector>

namespace etapa {

// Which side wrote: the end user, or the organization (its agent or a member).
enum class Sender : std::uint8_t { human, agent };
constexpr auto names(Sender) { return std::to_array<std::string_view>({"human", "agent"}); }

// Where a file lies: an absolute http or https address, or a path on this server.
struct FileUrl {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    [[nodiscard]] bool is_path() const { return value.starts_with('/'); }
    // Its address for somebody who finds this server at `public_url`.
    [[nodiscard]] std::string seen_from(std::string_view public_url) const {
        return (is_path() ? std::string(public_url) : std::string()) + value;
    }
    static std::expected<FileUrl, std::string> parse(std::string_view text);
    static constexpr std::string_view schema = R"("type":"string","minLength":1,"maxLength":2048)";
};

// A file that goes with a message.
struct Attachment {
    FileUrl url;
    Name name;
    ShortText mime_type;

    static constexpr std::string_view schema_name = "Attachment";
    static consteval auto fields() {
        return describe(field("url", &Attachment::url, "Where the file lies.", required),
                        field("name", &Attachment::name, "Name of the file.", required),
                        field("mimeType", &Attachment::mime_type, "What it contains: image/png.", required));
    }
};

// How far a message has got that leaves through a provider. A message of `handed_over` that nobody works on any more
// was perhaps sent and perhaps not: it is uncertain, and never sent again (R29).
enum class DeliveryState : std::uint8_t { waiting, handed_over, sent, delivered, read, failed, uncertain };
constexpr auto names(DeliveryState) {
    return std::to_array<std::string_view>(
        {"waiting", "handed_over", "sent", "delivered", "read", "failed", "uncertain"});
}

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
    std::optional<std::string> connection_id;  // through which it came or left; external_id is unique within it (R113)
    std::optional<std::string> external_id;
    std::optional<DeliveryState> delivery;  // null: being stored is all that there is to do
    std::optional<std::string> delivery_error;
    std::optional<UserId> user_id;
    std::optional<std::vector<Attachment>> attachments;
    Time created_at;
    Time updated_at;

    static consteval auto fields() {
        return describe(
            field("id", &Message::id, "Identity of the message.", server_set),
            field("organizationId", &Message::organization_id, "Organization.", internal),
            field("conversationId", &Message::conversation_id, "Conversation.", server_set),
            field("from", &Message::from, "Which side wrote.", column("sender")),
            field("text", &Message::text, "What was written."),
            field("agentId", &Message::agent_id, "Agent as which it was written.", server_set),
            field("contactId", &Message::contact_id, "Contact that wrote, or was written to.", server_set),
            field("visitorId", &Message::visitor_id, "Visitor who wrote, or was written to.", server_set),
            field("metadata", &Message::metadata, "Free data.", server_set),
            field("read", &Message::read, "Whether a member has seen it.", server_set, column("is_read")),
            field("connectionId", &Message::connection_id, "Connection.", internal),
            field("externalId", &Message::external_id, "Id at the channel.", server_set),
            field("delivery", &Message::delivery,
                  "How far it has got on its way to the end user; null: the channel reads it here.", server_set),
            field("deliveryError", &Message::delivery_error, "Why it did not arrive.", server_set),
            field("userId", &Message::user_id, "Member's person who wrote.", server_set),
            field("attachments", &Message::attachments, "Files that go with it; null: none.", server_set),
            field("createdAt", &Message::created_at, "When it was written.", server_set),
            field("updatedAt", &Message::updated_at, "When it was last changed.", server_set));
    }
};

}  // namespace etapa
