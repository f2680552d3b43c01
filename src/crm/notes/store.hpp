#pragma once
// The table of notes.

#include "crm/notes/note.hpp"
#include "db/tx.hpp"

#include <vector>

namespace etapa::notes {

// Oldest first.
std::vector<Note> of(ReadTx& tx, const ConversationId& conversation);
std::int64_t count(ReadTx& tx, const ConversationId& conversation);
// A note of another conversation is unknown here.
Note get(ReadTx& tx, const ConversationId& conversation, const NoteId& id);
Note lock(WriteTx& tx, const ConversationId& conversation, const NoteId& id);

// Stores a new note; id, organization and times are set here.
Note insert(WriteTx& tx, Note note);
void save(WriteTx& tx, const Note& note);
void remove(WriteTx& tx, const NoteId& id);

}  // namespace etapa::notes
