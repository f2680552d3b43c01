#include "crm/placements/store.hpp"

#include <algorithm>

namespace etapa::placements {
namespace {

// A placement with the questions whether its step and the agent that answers there are gone.
struct Read {
    Placement placement;
    bool step_gone = false;
    bool agent_gone = false;

    static consteval auto fields() {
        return describe(spread(&Read::placement, "placement"),
                        field("stepGone", &Read::step_gone, "", column("step.id IS NULL")),
                        field("agentGone", &Read::agent_gone, "",
                              column("EXISTS (SELECT 1 FROM agent WHERE agent.organization_id"
                                     " = placement.organization_id AND agent.id = placement.responding_agent_id"
                                     " AND agent.deleted_at IS NOT NULL)")));
    }
};

// Placements beside the step that they name, unless it was deleted; those in deleted scenarios are left out.
constexpr Sql living =
    " FROM placement"
    " JOIN scenario ON scenario.organization_id = placement.organization_id"
    " AND scenario.id = placement.scenario_id AND scenario.deleted_at IS NULL"
    " LEFT JOIN step ON step.organization_id = placement.organization_id"
    " AND step.id = placement.step_id AND step.deleted_at IS NULL"
    " WHERE placement.organization_id = ";

// What names a deleted step or agent reads as the job will leave it.
Placement as_left(Read row) {
    auto& placement = row.placement;
    if (row.agent_gone) placement.responding_agent_id.reset();
    if (!row.step_gone) return std::move(placement);
    placement.step_id.reset();
    placement.available = false;
    placement.due_at.reset();
    placement.responding_agent_id.reset();
    placement.active_stay_id.reset();
    return std::move(placement);
}

std::vector<Placement> read_all(ReadTx& tx, const Query& query) {
    std::vector<Placement> placements;
    for (auto& row : tx.all<Read>(query)) placements.push_back(as_left(std::move(row)));
    return placements;
}

Query selection(const ReadTx& tx) {
    Query query("SELECT {columns}");
    query.add(living, tx.organization());
    return query;
}

void add_filter(Query& query, const ScenarioId& scenario, const std::optional<StepId>& step, Include include) {
    query.add(" AND placement.scenario_id = ", scenario).add_if(" AND step.id = ", step);
    if (include == Include::available) query.add(" AND placement.available AND step.id IS NOT NULL");
}

}  // namespace

std::optional<Placement> find(ReadTx& tx, const ScenarioId& scenario, const ConversationId& conversation) {
    Query query = selection(tx);
    query.add(" AND placement.conversation_id = ", conversation).add(" AND placement.scenario_id = ", scenario);
    auto placements = read_all(tx, query);
    return placements.empty() ? std::nullopt : std::optional(std::move(placements.front()));
}

std::vector<Placement> of(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    if (conversations.empty()) return {};
    return of_later(tx, conversations)();
}

std::function<std::vector<Placement>()> of_later(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    Query query = selection(tx);
    // The order of the index: without it, or asked for the order of ids, SQLite reads all placements of the
    // organization.
    query.add_list(" AND placement.conversation_id IN", conversations)
        .add(" ORDER BY placement.conversation_id, placement.scenario_id");
    return [asked = tx.later<Read>(query)]() mutable {
        std::vector<Placement> placements;
        for (auto& row : asked.take()) placements.push_back(as_left(std::move(row)));
        std::ranges::sort(placements, {}, [](const Placement& one) { return std::pair(one.conversation_id, one.id); });
        return placements;
    };
}

std::vector<Placement> page(ReadTx& tx, const ScenarioId& scenario, const std::optional<StepId>& step, Include include,
                            std::int64_t limit, std::int64_t offset) {
    Query query = selection(tx);
    add_filter(query, scenario, step, include);
    query.add(" ORDER BY placement.id DESC LIMIT ", limit).add(" OFFSET ", offset);
    return read_all(tx, query);
}

std::int64_t count(ReadTx& tx, const ScenarioId& scenario, const std::optional<StepId>& step, Include include) {
    Query query("SELECT count(*)");
    query.add(living, tx.organization());
    add_filter(query, scenario, step, include);
    return tx.one<std::int64_t>(query);
}

std::map<std::string, std::int64_t> counts_by_step(ReadTx& tx, const ScenarioId& scenario, Include include) {
    Query query("SELECT step.id, count(*)");
    query.add(living, tx.organization());
    add_filter(query, scenario, std::nullopt, include);
    query.add(" AND step.id IS NOT NULL GROUP BY step.id");
    std::map<std::string, std::int64_t> counts;
    for (auto& [step, count] : tx.all<std::tuple<std::string, std::int64_t>>(query)) counts.emplace(step, count);
    return counts;
}

std::vector<StepCount> active_counts(ReadTx& tx) {
    Query query("SELECT placement.scenario_id, step.id, count(*)");
    query.add(living, tx.organization())
        .add(" AND placement.available AND step.id IS NOT NULL GROUP BY placement.scenario_id, step.id")
        .add(" ORDER BY placement.scenario_id, step.id");
    std::vector<StepCount> counts;
    for (auto& [scenario, step, count] : tx.all<std::tuple<ScenarioId, StepId, std::int64_t>>(query)) {
        counts.push_back({std::move(scenario), std::move(step), count});
    }
    return counts;
}

void forget_timer_hops(WriteTx& tx, const ConversationId& conversation) {
    tx.defer(
        "UPDATE placement SET timer_hops = 0 WHERE organization_id = $1 AND conversation_id = $2 AND available"
        " AND timer_hops > 0",
        tx.organization(), conversation);
}

std::optional<Placement> find_unseen(ReadTx& tx, const ConversationId& conversation) {
    return tx.first<Placement>(
        "SELECT {columns} FROM placement WHERE organization_id = $1 AND conversation_id = $2 AND available"
        " AND NOT EXISTS (SELECT 1 FROM step WHERE step.organization_id = placement.organization_id"
        " AND step.id = placement.step_id AND step.deleted_at IS NULL)",
        tx.organization(), conversation);
}

void release_others(WriteTx& tx, const Placement& placement) {
    tx.defer(
        "UPDATE placement SET available = FALSE, due_at = NULL, updated_at = $4"
        " WHERE organization_id = $1 AND conversation_id = $2 AND id <> $3 AND available",
        tx.organization(), placement.conversation_id, placement.id, tx.now());
}

void note_judgement(WriteTx& tx, const PlacementId& id, const JsonObject& judgement) {
    tx.defer("UPDATE placement SET last_judgement = $3 WHERE organization_id = $1 AND id = $2", tx.organization(), id,
             judgement);
}

void insert(WriteTx& tx, const Placement& placement) { tx.insert("placement", placement); }

void save(WriteTx& tx, const Placement& before, const Placement& after) {
    // What reads as unavailable may be stored as something else, see as_left.
    if (!before.available) return tx.update("placement", after);
    // SQLite rewrites the index of every column that is named, even where the value stays.
    Query query("UPDATE placement SET entry_seq = ");
    query.add("", after.entry_seq)
        .add(", entered_at = ", after.entered_at)
        .add(", due_at = ", after.due_at)
        .add(", active_stay_id = ", after.active_stay_id)
        .add(", visited_step_ids = ", after.visited_step_ids)
        .add(", timer_hops = ", after.timer_hops)
        .add(", updated_at = ", after.updated_at);
    // Its step may have been deleted and cleared since it was read, so a move says in full where it stands now.
    const bool moved = after.step_id != before.step_id;
    if (moved) query.add(", step_id = ", after.step_id);
    if (moved || after.available != before.available) query.add(", available = ", after.available);
    if (moved || after.responding_agent_id != before.responding_agent_id) {
        query.add(", responding_agent_id = ", after.responding_agent_id);
    }
    query.add(" WHERE organization_id = ", tx.organization()).add(" AND id = ", after.id);
    tx.defer(query);
}

void remove(WriteTx& tx, const PlacementId& id) { remove_all(tx, {id}); }

std::vector<Placement> stored_in(ReadTx& tx, const StepId& step, std::int64_t limit) {
    return tx.all<Placement>(
        "SELECT {columns} FROM placement WHERE organization_id = $1 AND step_id = $2 ORDER BY id LIMIT $3",
        tx.organization(), step, limit);
}

std::vector<Placement> stored_in(ReadTx& tx, const ScenarioId& scenario, std::int64_t limit) {
    return tx.all<Placement>(
        "SELECT {columns} FROM placement WHERE organization_id = $1 AND scenario_id = $2 ORDER BY id LIMIT $3",
        tx.organization(), scenario, limit);
}

std::vector<Placement> stored_of(ReadTx& tx, const ConversationId& conversation) {
    return tx.all<Placement>(
        "SELECT {columns} FROM placement WHERE organization_id = $1 AND conversation_id = $2 ORDER BY id",
        tx.organization(), conversation);
}

void vacate_all(WriteTx& tx, const StepId& step, const std::vector<PlacementId>& ids) {
    Query query("UPDATE placement SET step_id = NULL, available = FALSE, due_at = NULL, responding_agent_id = NULL,");
    query.add(" active_stay_id = NULL, updated_at = ", tx.now())
        .add(" WHERE organization_id = ", tx.organization())
        .add(" AND step_id = ", step)
        .add_list(" AND id IN", ids);
    tx.defer(query);
}

void remove_all(WriteTx& tx, const std::vector<PlacementId>& ids) {
    Query query("DELETE FROM placement WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids);
    tx.defer(query);
}

std::int64_t forget_agent(WriteTx& tx, const AgentId& agent, std::int64_t limit) {
    return tx.run(
        "UPDATE placement SET responding_agent_id = NULL, updated_at = $4 WHERE organization_id = $1 AND id IN"
        " (SELECT id FROM placement WHERE organization_id = $1 AND responding_agent_id = $2 ORDER BY id LIMIT $3)",
        tx.organization(), agent, limit, tx.now());
}

}  // namespace etapa::placements
