#pragma once
// A conversation is a thread with one end user on one channel. Its status, priority, AI switch, tags and assignees are
// its own; where it stands in a scenario is a placement. Fields: API fact 2.6.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/conversations/enums.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

struct Conversation {
    ConversationId id;
    OrganizationId organization_id;
    std::optional<ShortText> title;
    Channel channel = Channel::api;
    ConversationStatus status = ConversationStatus::unresolved;
    Priority priority = Priority::medium;
    bool is_ai_enabled = true;
    std::optional<AgentId> agent_id;
    std::optional<ContactId> contact_id;
    std::optional<ShortText> visitor_id;
    std::string channel_external_id;  // empty, never null: an existing client refuses null (API fact 15.3)
    std::optional<std::string> ai_user_identifier;
    std::optional<JsonObject> metadata;
    bool is_group = false;
    bool blocked = false;
    std::int64_t unread_messages_count = 0;
    double frustration = 0;
    std::int64_t nps_step = 0;
    std::optional<std::int64_t> nps_rating;
    std::optional<std::string> nps_comment;
    std::optional<Time> nps_started_at;
    std::optional<Time> nps_completed_at;
    std::optional<Time> last_inbound_at;
    std::optional<Time> last_human_interaction_at;
    std::int64_t entry_seq = 0;  // +1 at every entry into any step: orders the stays, unmasks stale decisions (R22)
    Time created_at;
    Time updated_at;
    std::optional<Time> deleted_at;  // a tombstone: gone for every reader, while a job clears what belongs to it

    static consteval auto fields() {
        return describe(
            field("id", &Conversation::id, "Identity of the conversation.", server_set),
            field("organizationId", &Conversation::organization_id, "Organization that owns it.", server_set),
            field("title", &Conversation::title, "Title."),
            field("channel", &Conversation::channel, "Where the end user writes.", fixed),
            field("status", &Conversation::status, "Whether somebody still has to act."),
            field("priority", &Conversation::priority, "Priority."),
            field("isAiEnabled", &Conversation::is_ai_enabled, "Whether the AI answers (R81)."),
            field("agentId", &Conversation::agent_id, "The conversation's own agent."),
            field("contactId", &Conversation::contact_id, "The end user as a contact.", internal),
            field("visitorId", &Conversation::visitor_id, "The end user as a visitor."),
            field("channelExternalId", &Conversation::channel_external_id, "Id of the thread at the channel.",
                  server_set),
            field("aiUserIdentifier", &Conversation::ai_user_identifier, "How the AI calls the user.", server_set),
            field("metadata", &Conversation::metadata, "Free data."),
            field("isGroup", &Conversation::is_group, "Whether it is a group chat.", server_set),
            field("blocked", &Conversation::blocked, "Whether the end user is blocked.", server_set),
            field("unreadMessagesCount", &Conversation::unread_messages_count, "Messages not yet read.", server_set),
            field("frustration", &Conversation::frustration, "From 0 to 1.", server_set),
            field("npsStep", &Conversation::nps_step, "Progress of the satisfaction survey.", server_set),
            field("npsRating", &Conversation::nps_rating, "Rating given.", server_set),
            field("npsComment", &Conversation::nps_comment, "Comment given.", server_set),
            field("npsStartedAt", &Conversation::nps_started_at, "When the survey began.", server_set),
            field("npsCompletedAt", &Conversation::nps_completed_at, "When the survey ended.", server_set),
            field("lastInboundAt", &Conversation::last_inbound_at, "When the end user last wrote.", internal),
            field("lastHumanInteractionAt", &Conversation::last_human_interaction_at, "When a member last wrote (R86).",
                  server_set),
            field("entrySeq", &Conversation::entry_seq, "Entries so far.", internal),
            field("createdAt", &Conversation::created_at, "When it was created.", server_set),
            field("updatedAt", &Conversation::updated_at, "When it was last changed.", server_set),
            field("deletedAt", &Conversation::deleted_at, "Tombstone.", internal));
    }
};

}  // namespace etapa
