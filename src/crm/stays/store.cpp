#include "crm/stays/store.hpp"

#include "base/problem.hpp"

namespace etapa::stays {
namespace {

// An active stay on a step that is gone has ended, whether or not a job has come to say so.
constexpr Sql step_is_gone =
    "(NOT EXISTS (SELECT 1 FROM step WHERE step.organization_id = stay.organization_id AND step.id = stay.step_id"
    " AND step.deleted_at IS NULL))";

// Nodes whose clocks differ make ids in another order than the entries of a conversation.
constexpr Sql by_entry = " ORDER BY entry_seq DESC, id DESC";
constexpr Sql by_id = " ORDER BY id DESC";

// History goes with its conversation, even while a job still clears it.
void add_living(Query& query, const ReadTx& tx) {
    query.add(" FROM stay WHERE organization_id = ", tx.organization())
        .add(" AND conversation_id NOT IN (SELECT id FROM conversation WHERE deleted_at IS NOT NULL")
        .add(" AND organization_id = ", tx.organization())
        .add(")");
}

void add_filter(Query& query, const ReadTx& tx, const Filter& filter) {
    add_living(query, tx);
    query.add_if(" AND conversation_id = ", filter.conversation)
        .add_if(" AND scenario_id = ", filter.scenario)
        .add_if(" AND step_id = ", filter.step);
    if (!filter.status) return;
    if (*filter.status == StayStatus::error) {
        query.add(" AND status = 'error'");
    } else if (*filter.status == StayStatus::active) {
        query.add(" AND status = 'active' AND NOT ").add(step_is_gone);
    } else {
        query.add(" AND (status = 'inactive' OR (status = 'active' AND ").add(step_is_gone).add("))");
    }
}

// A stay with the question whether its step is gone, so that it reads as ended.
struct Read {
    Stay stay;
    bool step_gone = false;

    static consteval auto fields() {
        return describe(spread(&Read::stay), field("stepGone", &Read::step_gone, "", column("step_gone")));
    }
};

std::vector<Stay> ended_where_gone(std::vector<Read> rows) {
    std::vector<Stay> stays;
    for (auto& row : rows) {
        if (row.step_gone && row.stay.status == StayStatus::active) row.stay.status = StayStatus::inactive;
        stays.push_back(std::move(row.stay));
    }
    return stays;
}

Query selection() {
    Query query("SELECT ");
    query.add("{columns} FROM (SELECT stay.*, ").add(step_is_gone).add(" AS step_gone");
    return query;
}

}  // namespace

std::optional<Stay> find(ReadTx& tx, const StayId& id) {
    Query query = selection();
    add_living(query, tx);
    query.add(" AND id = ", id).add(") AS chosen");
    auto stays = ended_where_gone(tx.all<Read>(query));
    return stays.empty() ? std::nullopt : std::optional(std::move(stays.front()));
}

Stay get(ReadTx& tx, const StayId& id) {
    if (auto stay = find(tx, id)) return *std::move(stay);
    throw not_found("conversation log", id.value);
}

std::vector<Stay> page(ReadTx& tx, const Filter& filter, std::int64_t limit, std::int64_t offset) {
    Query query = selection();
    add_filter(query, tx, filter);
    const Sql order = filter.conversation ? by_entry : by_id;
    query.add(order).add(" LIMIT ", limit).add(" OFFSET ", offset).add(") AS chosen").add(order);
    return ended_where_gone(tx.all<Read>(query));
}

std::int64_t count(ReadTx& tx, const Filter& filter) {
    Query query("SELECT count(*)");
    add_filter(query, tx, filter);
    return tx.one<std::int64_t>(query);
}

void append(WriteTx& tx, const Stay& stay) { tx.insert("stay", stay); }

void set_status(WriteTx& tx, const StayId& id, StayStatus status) {
    tx.defer("UPDATE stay SET status = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2", tx.organization(),
             id, status, tx.now());
}

void end(WriteTx& tx, const ConversationId& conversation, const StayId& id) {
    tx.defer(
        "UPDATE stay SET status = CASE WHEN status = 'error' THEN 'error' ELSE 'inactive' END,"
        " ended_at = CASE WHEN created_at > $4 THEN created_at ELSE $4 END, updated_at = $4"
        " WHERE organization_id = $1 AND conversation_id = $2 AND id = $3 AND ended_at IS NULL",
        tx.organization(), conversation, id, tx.now());
}

void end_all(WriteTx& tx, const std::vector<StayId>& ids) {
    if (ids.empty()) return;
    Query query("UPDATE stay SET status = CASE WHEN status = 'error' THEN 'error' ELSE 'inactive' END, ended_at = ");
    query.add("CASE WHEN created_at > ", tx.now())
        .add(" THEN created_at ELSE ", tx.now())
        .add(" END, updated_at = ", tx.now())
        .add(" WHERE ended_at IS NULL AND organization_id = ", tx.organization())
        .add_list(" AND id IN", ids);
    tx.defer(query);
}

void remove(WriteTx& tx, const StayId& id) {
    tx.defer("DELETE FROM stay WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::stays
