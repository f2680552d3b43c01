#pragma once
// A note is what members write about a conversation; the end user never sees it. Fields: API fact 2.8.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <string>

namespace etapa {

using NoteId = Id<struct Note>;
using NoteText = Text<500>;

struct Note {
    NoteId id;
    OrganizationId organization_id;
    ConversationId conversation_id;
    NoteText note;
    bool is_private = false;
    bool is_justification = false;
    std::optional<Time> notification_date_time;
    bool send_desktop_notification = false;
    std::string user_id;  // empty when a key wrote it
    std::string user_email;
    Time created_at;
    Time updated_at;

    static constexpr std::string_view schema_name = "Note";
    static consteval auto fields() {
        return describe(
            field("id", &Note::id, "Identity of the note."),
            field("organizationId", &Note::organization_id, "Organization that owns it."),
            field("conversationId", &Note::conversation_id, "What it is about."),
            field("note", &Note::note, "The text."),
            field("isPrivate", &Note::is_private, "Whether it is meant for its author only."),
            field("isJustification", &Note::is_justification, "Whether it gives the reason of a decision."),
            field("notificationDateTime", &Note::notification_date_time, "When to remind of it."),
            field("sendDesktopNotification", &Note::send_desktop_notification, "Whether to remind on the desktop."),
            field("userId", &Note::user_id, "Who wrote it; empty for a key."),
            field("userEmail", &Note::user_email, "Address of who wrote it; empty for a key."),
            field("createdAt", &Note::created_at, "When it was written."),
            field("updatedAt", &Note::updated_at, "When it was last changed."));
    }
};

}  // namespace etapa
