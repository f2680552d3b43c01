#include "crm/agents/store.hpp"

#include <array>

namespace etapa::agents {

std::optional<Agent> find(ReadTx& tx, const AgentId& id) {
    return tx.first<Agent>("SELECT {columns} FROM agent WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                           tx.organization(), id);
}

std::optional<Agent> find_by_handle(ReadTx& tx, const Handle& handle) {
    return tx.first<Agent>(
        "SELECT {columns} FROM agent WHERE organization_id = $1 AND handle = $2 AND deleted_at IS NULL",
        tx.organization(), handle);
}

Agent get(ReadTx& tx, const AgentId& id) {
    if (auto agent = find(tx, id)) return *std::move(agent);
    throw not_found("agent", id.value);
}

AgentId resolve(ReadTx& tx, const AgentId& id_or_handle) {
    const std::string_view text = id_or_handle.text();
    if (!text.starts_with('@')) return id_or_handle;
    const auto handle = Handle::parse(text.substr(1));
    const auto agent = handle ? find_by_handle(tx, *handle) : std::nullopt;
    return agent ? agent->id : id_or_handle;
}

Agent lock(WriteTx& tx, const AgentId& id) {
    auto agent = tx.first<Agent>(
        "SELECT {columns} FROM agent WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL {for_update}",
        tx.organization(), id);
    if (!agent) throw not_found("agent", id.value);
    return *std::move(agent);
}

bool exists(ReadTx& tx, const AgentId& id) { return !briefs(tx, {id}).empty(); }

bool any_may_be_told(ReadTx& tx) {
    return tx
        .first<std::int64_t>(
            "SELECT 1 FROM agent WHERE organization_id = $1 AND deleted_at IS NULL"
            " AND config_url_infos_system_external IS NOT NULL LIMIT 1",
            tx.organization())
        .has_value();
}

std::vector<Agent> list(ReadTx& tx, std::int64_t limit, std::int64_t offset) {
    return tx.all<Agent>(
        "SELECT {columns} FROM agent WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id DESC"
        " LIMIT $2 OFFSET $3",
        tx.organization(), limit, offset);
}

std::vector<AgentBrief> briefs(ReadTx& tx, const std::vector<AgentId>& ids) {
    if (ids.empty()) return {};
    Query query("SELECT {columns} FROM agent WHERE deleted_at IS NULL");
    query.add(" AND organization_id = ", tx.organization()).add_list(" AND id IN", ids);
    return tx.all<AgentBrief>(query);
}

CrmConfig crm_config(ReadTx& tx, const AgentId& id) {
    const auto config =
        tx.first<CrmConfig>("SELECT {columns} FROM agent WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
                            tx.organization(), id);
    return config.value_or(CrmConfig{});
}

void save_crm_config(WriteTx& tx, const AgentId& id, const CrmConfig& config) {
    tx.defer("UPDATE agent SET crm_scenario_id = $3, crm_step_id = $4 WHERE organization_id = $1 AND id = $2",
             tx.organization(), id, config.scenario_id, config.step_id);
}

Agent insert(WriteTx& tx, Agent agent) {
    agent.id = tx.new_id<AgentId>();
    agent.organization_id = tx.organization();
    agent.created_at = tx.now();
    agent.updated_at = tx.now();
    tx.insert("agent", agent);
    return agent;
}

void save(WriteTx& tx, const Agent& agent) { tx.update("agent", agent); }

void erase(WriteTx& tx, const AgentId& id) {
    tx.defer("DELETE FROM agent WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

void check(const Agent& agent, BadFields& bad) {
    const bool in_range = agent.temperature >= 0 && agent.temperature <= 1;
    if (!in_range) bad.add("temperature", "must be a number from 0 to 1");
}

Name friendly_name(Random& random) {
    static constexpr auto traits =
        std::to_array<std::string_view>({"Brave", "Bright", "Calm", "Cheerful", "Clever", "Gentle", "Jolly", "Kind",
                                         "Patient", "Quick", "Sunny", "Witty"});
    static constexpr auto animals = std::to_array<std::string_view>(
        {"Badger", "Beaver", "Dolphin", "Falcon", "Fox", "Heron", "Koala", "Lynx", "Otter", "Owl", "Panda", "Robin"});
    return {std::string(traits[random.below(traits.size())]) + ' ' +
            std::string(animals[random.below(animals.size())])};
}

}  // namespace etapa::agents
