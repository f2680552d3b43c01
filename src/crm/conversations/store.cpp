#include "crm/conversations/store.hpp"

#include "base/problem.hpp"

namespace etapa::conversations {

std::optional<Conversation> find(ReadTx& tx, const ConversationId& id) {
    return tx.first<Conversation>("SELECT {columns} FROM conversation WHERE organization_id = $1 AND id = $2",
                                  tx.organization(), id);
}

Conversation get(ReadTx& tx, const ConversationId& id) {
    if (auto conversation = find(tx, id)) return *std::move(conversation);
    throw not_found("conversation", id.value);
}

std::vector<Conversation> find_all(ReadTx& tx, const std::vector<ConversationId>& ids) {
    if (ids.empty()) return {};
    Query query("SELECT {columns} FROM conversation WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids);
    return tx.all<Conversation>(query);
}

std::vector<Conversation> lock_all(WriteTx& tx, const std::vector<ConversationId>& ids) {
    if (ids.empty()) return {};
    Query query("SELECT {columns} FROM conversation WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids).add(" ORDER BY id {for_update}");
    return tx.all<Conversation>(query);
}

void insert(WriteTx& tx, const Conversation& conversation) { tx.insert("conversation", conversation); }

void save_entry(WriteTx& tx, const Conversation& conversation) {
    tx.defer(
        "UPDATE conversation SET priority = $3, is_ai_enabled = $4, entry_seq = $5, updated_at = $6 "
        "WHERE organization_id = $1 AND id = $2",
        tx.organization(), conversation.id, conversation.priority, conversation.is_ai_enabled, conversation.entry_seq,
        conversation.updated_at);
}

std::int64_t forget_agent(WriteTx& tx, const AgentId& agent, std::int64_t limit) {
    return tx.run(
        "UPDATE conversation SET agent_id = NULL, updated_at = $4 WHERE organization_id = $1 AND id IN"
        " (SELECT id FROM conversation WHERE organization_id = $1 AND agent_id = $2 LIMIT $3)",
        tx.organization(), agent, limit, tx.now());
}

}  // namespace etapa::conversations
