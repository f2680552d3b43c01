#include "crm/tags/list.hpp"

#include "base/problem.hpp"

namespace etapa::tags {

std::vector<Tag> all(ReadTx& tx) {
    return tx.all<Tag>("SELECT {columns} FROM tag WHERE organization_id = $1 ORDER BY name", tx.organization());
}

bool is_full(ReadTx& tx) {
    constexpr std::int64_t tags_max = 1'000;
    return tx.one<std::int64_t>("SELECT count(*) FROM tag WHERE organization_id = $1", tx.organization()) >= tags_max;
}

void refuse_more(ReadTx& tx) {
    if (is_full(tx)) throw conflict("The organization has 1000 tags already.");
}

void repaint(WriteTx& tx, const TagId& id, const ShortText& color) {
    tx.defer("UPDATE tag SET color = $3 WHERE organization_id = $1 AND id = $2", tx.organization(), id, color);
}

void erase(WriteTx& tx, const TagId& id) {
    tx.defer("DELETE FROM tag WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

std::int64_t take_off(WriteTx& tx, const std::string& name, std::int64_t limit) {
    return tx.run(
        "DELETE FROM conversation_tag WHERE organization_id = $1 AND tag = $2 AND conversation_id IN"
        " (SELECT conversation_id FROM conversation_tag AS tagged WHERE organization_id = $1 AND tag = $2"
        " AND NOT EXISTS (SELECT 1 FROM tag AS listed WHERE listed.organization_id = $1 AND listed.name = $2"
        " AND listed.created_at <= tagged.created_at) LIMIT $3)",
        tx.organization(), name, limit);
}

}  // namespace etapa::tags
