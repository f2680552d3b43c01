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

}  // namespace etapa::variables
