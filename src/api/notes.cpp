// The notes about conversations.
#include "api/resources.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/notes/store.hpp"

namespace etapa::api {
namespace {

// A note as a client describes it.
struct NoteWish {
    std::optional<NoteText> note;
    std::optional<NoteText> content;
    bool is_private = false;
    bool is_justify = false;
    std::optional<Time> notification_date_time;
    bool send_desktop_notification = false;

    static constexpr std::string_view schema_name = "Note";
    static consteval auto fields() {
        return describe(field("note", &NoteWish::note, "The text, of 1 to 500 characters. A new note needs it."),
                        field("content", &NoteWish::content, "As note, for older clients."),
                        field("isPrivate", &NoteWish::is_private, "Whether it is meant for its author only."),
                        field("isJustify", &NoteWish::is_justify, "Whether it gives the reason of a decision."),
                        field("notificationDateTime", &NoteWish::notification_date_time, "When to remind of it."),
                        field("sendDesktopNotification", &NoteWish::send_desktop_notification,
                              "Whether to remind on the desktop."));
    }
};

// The note as the body wishes it to be: absent members stay as they are, and a null clears the reminder.
Note applied(const New<NoteWish>& body, Note note) {
    const auto& wish = body.entity();
    const auto& named = body.named();
    BadFields bad = body.bad();
    const std::string path = named.has_value("note") || !named.has_value("content") ? "note" : "content";
    const auto& text = path == "note" ? wish.note : wish.content;
    if (text) note.note = *text;
    const bool is_missing = note.id.empty() && !text;
    if (is_missing && !bad.names(path)) bad.add(path, "is required");
    if (text && text->blank()) bad.add(path, "must not be blank");
    bad.refuse();
    if (named.has_value("isPrivate")) note.is_private = wish.is_private;
    if (named.has_value("isJustify")) note.is_justification = wish.is_justify;
    if (named.has("notificationDateTime")) note.notification_date_time = wish.notification_date_time;
    if (named.has_value("sendDesktopNotification")) note.send_desktop_notification = wish.send_desktop_notification;
    return note;
}

std::vector<Note> list_notes(ReadTx& tx, const ConversationId& conversation) {
    return notes::of(tx, conversations::get(tx, conversation).id);
}

Created<Note> create_note(WriteTx& tx, const ConversationId& conversation, const New<NoteWish>& body) {
    constexpr std::int64_t notes_max = 1'000;
    Note note;
    note.conversation_id = conversations::lock(tx, conversation).id;
    note = applied(body, note);
    if (notes::count(tx, conversation) >= notes_max) throw conflict("A conversation has at most 1000 notes.");
    note = notes::insert(tx, note);
    events::publish_created(tx, "note.created", note);
    return {note};
}

Note read_note(ReadTx& tx, const ConversationId& conversation, const NoteId& id) {
    return notes::get(tx, conversations::get(tx, conversation).id, id);
}

Note update_note(WriteTx& tx, const ConversationId& conversation, const NoteId& id, const New<NoteWish>& body) {
    conversations::lock(tx, conversation);
    const Note before = notes::lock(tx, conversation, id);
    Note note = applied(body, before);
    if (events::publish_changed(tx, "note.changed", before, note)) {
        note.updated_at = time_of_change(before.updated_at, tx.now());
        notes::save(tx, note);
        events::Members where;
        where.add("conversationId", note.conversation_id);
        events::publish(tx, "note.changed", note.id.value, {}, where);
    }
    return note;
}

Nothing delete_note(WriteTx& tx, const ConversationId& conversation, const NoteId& id) {
    conversations::lock(tx, conversation);
    const Note note = notes::lock(tx, conversation, id);
    notes::remove(tx, id);
    events::publish_deleted(tx, "note.deleted", note);
    return {};
}

}  // namespace

void notes(Router& router) {
    router.resource("Notes", "What members write about conversations, unseen by the end user.");
    for (const std::string family : {"/conversation/{id}/notes", "/conversations/{id}/notes"}) {
        const auto one = family + "/{noteId}";
        router.get(family, "List the notes about a conversation, oldest first", list_notes);
        router.post(family, "Write a note about a conversation", create_note);
        router.get(one, "Show a note", read_note);
        router.put(one, "Change a note", update_note);
        router.patch(one, "Change a note", update_note);
        router.del(one, "Delete a note", delete_note);
    }
}

}  // namespace etapa::api
