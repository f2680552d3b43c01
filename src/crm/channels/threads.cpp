#include "crm/channels/threads.hpp"

namespace etapa::threads {

ConversationId claim(WriteTx& tx, const Thread& thread, const ConversationId& fresh) {
    // The update changes nothing; it locks the row, and lets it be returned.
    return tx.one<ConversationId>(
        "INSERT INTO thread (organization_id, connection_id, external_id, conversation_id) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (organization_id, connection_id, external_id) DO UPDATE SET external_id = excluded.external_id"
        " RETURNING conversation_id",
        tx.organization(), thread.connection_id, thread.external_id, fresh);
}

std::vector<std::string> connections_of(ReadTx& tx, const ConversationId& conversation) {
    return tx.all<std::string>("SELECT connection_id FROM thread WHERE organization_id = $1 AND conversation_id = $2",
                               tx.organization(), conversation);
}

void point(WriteTx& tx, const Thread& thread, const ConversationId& conversation) {
    tx.defer(
        "UPDATE thread SET conversation_id = $4 WHERE organization_id = $1 AND connection_id = $2 AND external_id = $3",
        tx.organization(), thread.connection_id, thread.external_id, conversation);
}

void forget(WriteTx& tx, const ConversationId& conversation) {
    tx.defer("DELETE FROM thread WHERE organization_id = $1 AND conversation_id = $2", tx.organization(), conversation);
}

}  // namespace etapa::threads
