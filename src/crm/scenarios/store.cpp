#include "crm/scenarios/store.hpp"

#include "base/problem.hpp"

namespace etapa::scenarios {

std::optional<Scenario> find(ReadTx& tx, const ScenarioId& id) {
    return tx.first<Scenario>(
        "SELECT {columns} FROM scenario WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
        tx.organization(), id);
}

Scenario get(ReadTx& tx, const ScenarioId& id) {
    if (auto scenario = find(tx, id)) return *std::move(scenario);
    throw not_found("scenario", id.value);
}

Scenario lock(WriteTx& tx, const ScenarioId& id) {
    auto scenario = tx.first<Scenario>(
        "SELECT {columns} FROM scenario WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL {for_update}",
        tx.organization(), id);
    if (!scenario) throw not_found("scenario", id.value);
    return *std::move(scenario);
}

std::vector<Scenario> find_all(ReadTx& tx, const std::vector<ScenarioId>& ids) {
    if (ids.empty()) return {};
    return find_all_later(tx, ids).take();
}

Later<Scenario> find_all_later(ReadTx& tx, const std::vector<ScenarioId>& ids) {
    Query query("SELECT {columns} FROM scenario WHERE deleted_at IS NULL");
    query.add(" AND organization_id = ", tx.organization()).add_list(" AND id IN", ids);
    return tx.later<Scenario>(query);
}

std::vector<Scenario> list(ReadTx& tx, const std::optional<AgentId>& agent) {
    Query query("SELECT {columns} FROM scenario WHERE deleted_at IS NULL");
    query.add(" AND organization_id = ", tx.organization());
    if (agent) {
        query
            .add(
                " AND EXISTS (SELECT 1 FROM step WHERE step.organization_id = scenario.organization_id"
                " AND step.scenario_id = scenario.id AND step.deleted_at IS NULL AND step.agent_id = ",
                *agent)
            .add(")");
    }
    query.add(" ORDER BY id");
    return tx.all<Scenario>(query);
}

Scenario append(WriteTx& tx, Scenario scenario) {
    scenario.id = tx.new_id<ScenarioId>();
    scenario.organization_id = tx.organization();
    scenario.position = tx.one<std::int64_t>(
        "SELECT count(*) FROM scenario WHERE organization_id = $1 AND deleted_at IS NULL", tx.organization());
    scenario.created_at = tx.now();
    scenario.updated_at = tx.now();
    tx.insert("scenario", scenario);
    return scenario;
}

void save(WriteTx& tx, const Scenario& scenario) { tx.update("scenario", scenario); }

void mark_deleted(WriteTx& tx, const Scenario& scenario) {
    tx.defer("UPDATE scenario SET deleted_at = $3 WHERE organization_id = $1 AND id = $2", tx.organization(),
             scenario.id, tx.now());
    tx.defer("UPDATE step SET deleted_at = $3 WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL",
             tx.organization(), scenario.id, tx.now());
    tx.defer(
        "UPDATE scenario SET position = position - 1"
        " WHERE organization_id = $1 AND deleted_at IS NULL AND position > $2",
        tx.organization(), scenario.position);
}

void erase(WriteTx& tx, const ScenarioId& id) {
    tx.defer("DELETE FROM step WHERE organization_id = $1 AND scenario_id = $2", tx.organization(), id);
    tx.defer("DELETE FROM scenario WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::scenarios
