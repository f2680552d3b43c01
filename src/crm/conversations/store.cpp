#include "crm/conversations/store.hpp"

#include "base/problem.hpp"
#include "crm/channels/threads.hpp"
#include "crm/contacts/store.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace etapa::conversations {
namespace {

// A table of what belongs to conversations.
struct Belongings {
    Sql removal;
    std::int64_t weight;  // of a row, in the work that its removal is
};

constexpr std::array belongings{
    Belongings{"DELETE FROM message WHERE organization_id = $1 AND conversation_id = $2 AND id IN"
               " (SELECT id FROM message WHERE organization_id = $1 AND conversation_id = $2 LIMIT $3)",
               1},
    Belongings{"DELETE FROM stay WHERE organization_id = $1 AND conversation_id = $2 AND id IN"
               " (SELECT id FROM stay WHERE organization_id = $1 AND conversation_id = $2 LIMIT $3)",
               1},
    Belongings{"DELETE FROM note WHERE organization_id = $1 AND conversation_id = $2 AND id IN"
               " (SELECT id FROM note WHERE organization_id = $1 AND conversation_id = $2 LIMIT $3)",
               1},
    Belongings{"DELETE FROM blob WHERE organization_id = $1 AND conversation_id = $2 AND id IN"
               " (SELECT id FROM blob WHERE organization_id = $1 AND conversation_id = $2 LIMIT $3)",
               100},
    Belongings{"DELETE FROM conversation_variable WHERE organization_id = $1 AND conversation_id = $2 AND var_name IN"
               " (SELECT var_name FROM conversation_variable WHERE organization_id = $1 AND conversation_id = $2"
               " LIMIT $3)",
               1},
    Belongings{"DELETE FROM conversation_tag WHERE organization_id = $1 AND conversation_id = $2 AND tag IN"
               " (SELECT tag FROM conversation_tag WHERE organization_id = $1 AND conversation_id = $2 LIMIT $3)",
               1},
    // Those of members who are gone already; the others went with the burial.
    Belongings{"DELETE FROM conversation_assignee WHERE organization_id = $1 AND conversation_id = $2 AND membership_id"
               " IN (SELECT membership_id FROM conversation_assignee WHERE organization_id = $1"
               " AND conversation_id = $2 LIMIT $3)",
               1},
};

void add_address(Query& query, const Reach& reach) {
    if (reach.by == Reach::By::email) {
        query.add(" AND email = ", reach.address);
        return;
    }
    query.add(" AND phone_digits = ", contacts::digits_of(reach.address));
}

}  // namespace

std::optional<Conversation> find(ReadTx& tx, const ConversationId& id) {
    return tx.first<Conversation>(
        "SELECT {columns} FROM conversation WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
        tx.organization(), id);
}

Conversation get(ReadTx& tx, const ConversationId& id) {
    if (auto conversation = find(tx, id)) return *std::move(conversation);
    throw not_found("conversation", id.value);
}

Conversation lock(WriteTx& tx, const ConversationId& id) {
    if (auto locked = find_and_lock(tx, id)) return *std::move(locked);
    throw not_found("conversation", id.value);
}

std::optional<Conversation> find_and_lock(WriteTx& tx, const ConversationId& id) {
    auto locked = lock_all(tx, {id});
    return locked.empty() ? std::nullopt : std::optional(std::move(locked.front()));
}

std::vector<Conversation> find_all(ReadTx& tx, const std::vector<ConversationId>& ids) {
    if (ids.empty()) return {};
    Query query("SELECT {columns} FROM conversation WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids).add(" AND deleted_at IS NULL");
    return tx.all<Conversation>(query);
}

std::vector<Conversation> lock_all(WriteTx& tx, const std::vector<ConversationId>& ids) {
    if (ids.empty()) return {};
    return lock_all_later(tx, ids).take();
}

Later<Conversation> lock_all_later(WriteTx& tx, const std::vector<ConversationId>& ids) {
    Query query("SELECT {columns} FROM conversation WHERE organization_id = ");
    query.add("", tx.organization())
        .add_list(" AND id IN", ids)
        .add(" AND deleted_at IS NULL ORDER BY id {for_update}");
    return tx.later<Conversation>(query);
}

std::optional<Conversation> find_newest(ReadTx& tx, const Reach& reach) {
    Query query("WITH reached AS (SELECT id FROM contact WHERE organization_id = ");
    query.add("", tx.organization());
    add_address(query, reach);
    query
        .add("), named AS (SELECT id FROM reached UNION ALL SELECT id FROM contact WHERE organization_id = ",
             tx.organization())
        .add(" AND deleted_at IS NOT NULL AND merged_into_id IN (SELECT id FROM reached))")
        .add(" SELECT {columns} FROM conversation WHERE deleted_at IS NULL AND organization_id = ", tx.organization())
        .add(" AND contact_id IN (SELECT id FROM named) AND agent_id = ", reach.agent)
        .add(" AND channel = ", reach.channel)
        .add(" ORDER BY created_at DESC, id DESC LIMIT 1");
    return tx.first<Conversation>(query);
}

std::map<std::string, std::int64_t> counts_by_status(ReadTx& tx) {
    // The tombstones are few and have an index, so that the others are counted in the index of statuses alone.
    const auto rows = tx.all<std::tuple<std::string, std::int64_t>>(
        "SELECT status, count(*) FROM conversation WHERE organization_id = $1 AND id NOT IN"
        " (SELECT id FROM conversation WHERE organization_id = $1 AND deleted_at IS NOT NULL) GROUP BY status",
        tx.organization());
    std::map<std::string, std::int64_t> counts;
    for (const auto& [status, count] : rows) counts.emplace(status, count);
    return counts;
}

void insert(WriteTx& tx, const Conversation& conversation) { tx.insert("conversation", conversation); }

void save(WriteTx& tx, const Conversation& conversation) {
    tx.defer(
        "UPDATE conversation SET title = $3, priority = $4, is_ai_enabled = $5, unread_messages_count = $6,"
        " last_inbound_at = $7, last_human_interaction_at = $8, updated_at = $9, visitor_id = $10"
        " WHERE organization_id = $1 AND id = $2",
        tx.organization(), conversation.id, conversation.title, conversation.priority, conversation.is_ai_enabled,
        conversation.unread_messages_count, conversation.last_inbound_at, conversation.last_human_interaction_at,
        conversation.updated_at, conversation.visitor_id);
}

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

void bury(WriteTx& tx, const ConversationId& id) {
    threads::forget(tx, id);
    tx.defer("UPDATE conversation SET deleted_at = $3 WHERE organization_id = $1 AND id = $2", tx.organization(), id,
             tx.now());
}

bool erase_belongings(WriteTx& tx, const ConversationId& id, std::int64_t limit) {
    for (const auto& [removal, weight] : belongings) {
        const auto rows_max = std::max<std::int64_t>(1, limit / weight);
        const auto removed = tx.run(removal, tx.organization(), id, rows_max);
        if (removed == rows_max) return false;
        limit -= removed * weight;
    }
    return true;
}

void erase(WriteTx& tx, const ConversationId& id) {
    tx.defer("DELETE FROM conversation WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::conversations
