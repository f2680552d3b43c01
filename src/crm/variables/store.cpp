#include "crm/variables/store.hpp"

namespace etapa::variables {

std::vector<ConversationVariable> of(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    if (conversations.empty()) return {};
    Query query("SELECT {columns} FROM conversation_variable WHERE organization_id = ");
    query.add("", tx.organization())
        .add_list(" AND conversation_id IN", conversations)
        .add(" ORDER BY conversation_id, created_at, var_name");
    return tx.all<ConversationVariable>(query);
}

std::optional<ConversationVariable> find(ReadTx& tx, const ConversationId& conversation, std::string_view name) {
    return tx.first<ConversationVariable>(
        "SELECT {columns} FROM conversation_variable"
        " WHERE organization_id = $1 AND conversation_id = $2 AND var_name = $3",
        tx.organization(), conversation, name);
}

void save(WriteTx& tx, const ConversationVariable& variable) {
    tx.defer(
        "INSERT INTO conversation_variable (organization_id, conversation_id, var_name, var_value, created_at,"
        " updated_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, conversation_id, var_name)"
        " DO UPDATE SET var_value = excluded.var_value, updated_at = excluded.updated_at",
        tx.organization(), variable.conversation_id, variable.var_name, variable.var_value, variable.created_at,
        variable.updated_at);
}

void remove(WriteTx& tx, const ConversationVariable& variable) {
    tx.defer("DELETE FROM conversation_variable WHERE organization_id = $1 AND conversation_id = $2 AND var_name = $3",
             tx.organization(), variable.conversation_id, variable.var_name);
}

}  // namespace etapa::variables
