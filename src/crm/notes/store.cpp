#include "crm/notes/store.hpp"

#include "base/problem.hpp"

namespace etapa::notes {

std::vector<Note> of(ReadTx& tx, const ConversationId& conversation) {
    return tx.all<Note>("SELECT {columns} FROM note WHERE organization_id = $1 AND conversation_id = $2 ORDER BY id",
                        tx.organization(), conversation);
}

std::int64_t count(ReadTx& tx, const ConversationId& conversation) {
    return tx.one<std::int64_t>("SELECT count(*) FROM note WHERE organization_id = $1 AND conversation_id = $2",
                                tx.organization(), conversation);
}

Note get(ReadTx& tx, const ConversationId& conversation, const NoteId& id) {
    auto note =
        tx.first<Note>("SELECT {columns} FROM note WHERE organization_id = $1 AND id = $2 AND conversation_id = $3",
                       tx.organization(), id, conversation);
    if (!note) throw not_found("note", id.value);
    return *std::move(note);
}

Note lock(WriteTx& tx, const ConversationId& conversation, const NoteId& id) {
    auto note = tx.first<Note>(
        "SELECT {columns} FROM note WHERE organization_id = $1 AND id = $2 AND conversation_id = $3 {for_update}",
        tx.organization(), id, conversation);
    if (!note) throw not_found("note", id.value);
    return *std::move(note);
}

Note insert(WriteTx& tx, Note note) {
    note.id = tx.new_id<NoteId>();
    note.organization_id = tx.organization();
    note.created_at = tx.now();
    note.updated_at = tx.now();
    tx.insert("note", note);
    return note;
}

void save(WriteTx& tx, const Note& note) { tx.update("note", note); }

void remove(WriteTx& tx, const NoteId& id) {
    tx.defer("DELETE FROM note WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::notes
