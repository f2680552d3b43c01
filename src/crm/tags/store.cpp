#include "crm/tags/store.hpp"

#include <array>
#include <string_view>

namespace etapa::tags {
namespace {

// A new tag takes one of these colours, so that a board is not all grey.
constexpr auto colors =
    std::to_array<std::string_view>({"#2563eb", "#16a34a", "#d97706", "#dc2626", "#7c3aed", "#0891b2", "#db2777"});

}  // namespace

std::vector<ConversationTag> of(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    return conversations.empty() ? std::vector<ConversationTag>{} : of_later(tx, conversations).take();
}

Later<ConversationTag> of_later(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    Query query("SELECT {columns} FROM conversation_tag AS tagged WHERE organization_id = ");
    query.add("", tx.organization())
        .add_list(" AND conversation_id IN", conversations)
        .add(is_listed)
        .add(" ORDER BY conversation_id, created_at, tag");
    return tx.later<ConversationTag>(query);
}

std::optional<Tag> find(ReadTx& tx, const Name& name) {
    return tx.first<Tag>("SELECT {columns} FROM tag WHERE organization_id = $1 AND name = $2", tx.organization(), name);
}

Later<Tag> find_all_later(ReadTx& tx, const std::vector<std::string>& names) {
    Query query("SELECT {columns} FROM tag WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND name IN", names);
    return tx.later<Tag>(query);
}

std::vector<Tag> listed_on(ReadTx& tx, const ConversationId& conversation) {
    return tx.all<Tag>(
        "SELECT {columns} FROM (SELECT tag.*, tagged.created_at AS tagged_at FROM conversation_tag AS tagged"
        " JOIN tag ON tag.organization_id = tagged.organization_id AND tag.name = tagged.tag"
        " AND tag.created_at <= tagged.created_at"
        " WHERE tagged.organization_id = $1 AND tagged.conversation_id = $2) AS listed ORDER BY tagged_at, name",
        tx.organization(), conversation);
}

void list(WriteTx& tx, const std::string& name) {
    tx.defer(
        "INSERT INTO tag (organization_id, id, name, color, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (organization_id, name) DO NOTHING",
        tx.organization(), tx.new_id<TagId>(), name, colors[tx.random().below(colors.size())], tx.now());
}

void change(WriteTx& tx, const ConversationId& conversation, const std::vector<std::string>& removed,
            const std::vector<std::string>& added) {
    if (!removed.empty()) {
        Query query("DELETE FROM conversation_tag WHERE organization_id = ");
        query.add("", tx.organization()).add(" AND conversation_id = ", conversation).add_list(" AND tag IN", removed);
        tx.defer(query);
    }
    for (const auto& tag : added) {
        list(tx, tag);
        tx.defer(
            // Not before the tag was listed, by whichever node's clock; what a job still has to take off is put on
            // anew.
            "INSERT INTO conversation_tag (organization_id, conversation_id, tag, created_at)"
            " SELECT $1, $2, $3, CASE WHEN known.created_at > $4 THEN known.created_at ELSE $4 END FROM tag AS known"
            " WHERE known.organization_id = $1 AND known.name = $3"
            " ON CONFLICT (organization_id, conversation_id, tag) DO UPDATE SET created_at = excluded.created_at WHERE "
            "conversation_tag.created_at <"
            " (SELECT listed.created_at FROM tag AS listed WHERE listed.organization_id = excluded.organization_id"
            " AND listed.name = excluded.tag)",
            tx.organization(), conversation, tag, tx.now());
    }
}

}  // namespace etapa::tags
