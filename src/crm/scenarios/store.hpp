#pragma once
// The table of scenarios. A deleted scenario is gone for every function here.

#include "crm/scenarios/scenario.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::scenarios {

std::optional<Scenario> find(ReadTx& tx, const ScenarioId& id);
Scenario get(ReadTx& tx, const ScenarioId& id);
Scenario lock(WriteTx& tx, const ScenarioId& id);
std::vector<Scenario> find_all(ReadTx& tx, const std::vector<ScenarioId>& ids);
Later<Scenario> find_all_later(ReadTx& tx, const std::vector<ScenarioId>& ids);
// Oldest first; with `agent`, only those of which a step names that agent.
std::vector<Scenario> list(ReadTx& tx, const std::optional<AgentId>& agent);

Scenario append(WriteTx& tx, Scenario scenario);
void save(WriteTx& tx, const Scenario& scenario);

// The scenario and its steps are gone for every reader; flow::clear does the rest (R92).
void mark_deleted(WriteTx& tx, const Scenario& scenario);
// Removes the rows of a deleted scenario and its steps, once no placement refers to it.
void erase(WriteTx& tx, const ScenarioId& id);

}  // namespace etapa::scenarios
