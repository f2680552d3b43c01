#include "crm/steps/store.hpp"

#include "base/ranges.hpp"
#include "crm/agents/store.hpp"
#include "crm/scenarios/store.hpp"

#include <algorithm>

namespace etapa::steps {
namespace {

// As many as one request can put in order.
constexpr std::int64_t per_scenario_max = 1'000;

}  // namespace

std::optional<Step> find(ReadTx& tx, const StepId& id) {
    return tx.first<Step>("SELECT {columns} FROM step WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                          tx.organization(), id);
}

Step get(ReadTx& tx, const StepId& id) {
    if (auto step = find(tx, id)) return *std::move(step);
    throw not_found("step", id.value);
}

Step lock(WriteTx& tx, const StepId& id) {
    auto step = tx.first<Step>(
        "SELECT {columns} FROM step WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL {for_update}",
        tx.organization(), id);
    if (!step) throw not_found("step", id.value);
    return *std::move(step);
}

std::optional<Step> find_at(ReadTx& tx, const ScenarioId& scenario, std::int64_t index) {
    return tx.first<Step>(
        "SELECT {columns} FROM step"
        " WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL AND position = $3",
        tx.organization(), scenario, index);
}

std::vector<Step> list(ReadTx& tx, const ScenarioId& scenario) {
    return tx.all<Step>(
        "SELECT {columns} FROM step WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL"
        " ORDER BY position",
        tx.organization(), scenario);
}

std::vector<Step> find_all(ReadTx& tx, const std::vector<StepId>& ids) {
    if (ids.empty()) return {};
    return find_all_later(tx, ids).take();
}

Later<Step> find_all_later(ReadTx& tx, const std::vector<StepId>& ids) {
    Query query("SELECT {columns} FROM step WHERE deleted_at IS NULL");
    query.add(" AND organization_id = ", tx.organization()).add_list(" AND id IN", ids);
    return tx.later<Step>(query);
}

Later<Step> keep_all_later(WriteTx& tx, const std::vector<StepId>& ids) {
    Query query("SELECT {columns} FROM step WHERE deleted_at IS NULL");
    query.add(" AND organization_id = ", tx.organization()).add_list(" AND id IN", ids).add(" ORDER BY id {for_share}");
    return tx.later<Step>(query);
}

std::vector<Triggering> triggering(ReadTx& tx, const ScenarioId& scenario) {
    return tx.all<Triggering>(
        "SELECT {columns} FROM step WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL"
        " AND (trigger_condition IS NOT NULL OR is_required) ORDER BY position",
        tx.organization(), scenario);
}

std::vector<Step> required_between(ReadTx& tx, const ScenarioId& scenario, std::int64_t after, std::int64_t before) {
    return tx.all<Step>(
        "SELECT {columns} FROM step WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL"
        " AND is_required AND position > $3 AND position < $4 ORDER BY position",
        tx.organization(), scenario, after, before);
}

std::optional<Step> waiting_for_silence(ReadTx& tx, const ConversationId& conversation) {
    return tx.first<Step>(
        "SELECT {columns} FROM step WHERE organization_id = $1 AND deleted_at IS NULL"
        " AND inactivity_condition_type IS NOT NULL AND id = (SELECT step_id FROM placement WHERE organization_id = $1"
        " AND conversation_id = $2 AND available)",
        tx.organization(), conversation);
}

std::vector<Step> all(ReadTx& tx) {
    return tx.all<Step>("SELECT {columns} FROM step WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id",
                        tx.organization());
}

std::vector<StepView> views(ReadTx& tx, std::vector<Step> steps) {
    if (steps.empty()) return {};
    std::vector<AgentId> agent_ids;
    std::vector<ScenarioId> scenario_ids;
    for (const auto& step : steps) {
        if (step.agent_id && !contains(agent_ids, *step.agent_id)) agent_ids.push_back(*step.agent_id);
        if (!contains(scenario_ids, step.scenario_id)) scenario_ids.push_back(step.scenario_id);
    }
    auto asked = scenarios::find_all_later(tx, scenario_ids);  // comes with the agents
    const auto agents = agents::briefs(tx, agent_ids);
    const auto scenarios = asked.take();
    std::vector<StepView> views;
    for (auto& step : steps) {
        StepView view;
        const auto agent = std::ranges::find(agents, step.agent_id, &AgentBrief::id);
        if (agent != agents.end()) view.agent = *agent;
        const auto scenario = std::ranges::find(scenarios, step.scenario_id, &Scenario::id);
        ensure(scenario != scenarios.end(), "the steps of a deleted scenario are deleted with it");
        view.scenario = *scenario;
        view.step = std::move(step);
        views.push_back(std::move(view));
    }
    return views;
}

StepView view(ReadTx& tx, Step step) { return std::move(views(tx, {std::move(step)}).front()); }

Step append(WriteTx& tx, Step step) {
    step.id = tx.new_id<StepId>();
    step.organization_id = tx.organization();
    step.position = tx.one<std::int64_t>(
        "SELECT count(*) FROM step WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL",
        tx.organization(), step.scenario_id);
    if (step.position >= per_scenario_max) {
        throw Problem(403, "limit_reached", "A scenario can have at most 1000 steps.");
    }
    step.created_at = tx.now();
    step.updated_at = tx.now();
    tx.insert("step", step);
    return step;
}

void save(WriteTx& tx, const Step& step) { tx.update("step", step); }

void mark_deleted(WriteTx& tx, const Step& step) {
    tx.defer("UPDATE step SET deleted_at = $3 WHERE organization_id = $1 AND id = $2", tx.organization(), step.id,
             tx.now());
    tx.defer(
        "UPDATE step SET position = position - 1,"
        " updated_at = CASE WHEN updated_at < $4 THEN $4 ELSE updated_at + 1 END"
        " WHERE organization_id = $1 AND scenario_id = $2 AND deleted_at IS NULL AND position > $3",
        tx.organization(), step.scenario_id, step.position, tx.now());
}

void erase(WriteTx& tx, const StepId& id) {
    tx.defer("DELETE FROM step WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::steps
