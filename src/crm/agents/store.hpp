#pragma once
// The table of agents. A deleted agent is gone for every function here.

#include "base/problem.hpp"
#include "crm/agents/agent.hpp"
#include "crm/agents/brief.hpp"
#include "crm/agents/crm_config.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::agents {

std::optional<Agent> find(ReadTx& tx, const AgentId& id);
std::optional<Agent> find_by_handle(ReadTx& tx, const Handle& handle);
Agent get(ReadTx& tx, const AgentId& id);
// The id of an agent that is asked for by its id or as `@handle`.
AgentId resolve(ReadTx& tx, const AgentId& id_or_handle);
Agent lock(WriteTx& tx, const AgentId& id);
bool exists(ReadTx& tx, const AgentId& id);
// Whether any agent has settings that may name a receiver of notices.
bool any_may_be_told(ReadTx& tx);
// Newest first.
std::vector<Agent> list(ReadTx& tx, std::int64_t limit, std::int64_t offset);
// Those of `ids` that exist, in no order.
std::vector<AgentBrief> briefs(ReadTx& tx, const std::vector<AgentId>& ids);

// Where new conversations of the agent enter, as it was set; what it names may be gone by now. Nothing for an agent
// that does not exist.
CrmConfig crm_config(ReadTx& tx, const AgentId& id);
void save_crm_config(WriteTx& tx, const AgentId& id, const CrmConfig& config);

Agent insert(WriteTx& tx, Agent agent);
void save(WriteTx& tx, const Agent& agent);
// Removes the row of a deleted agent, once nothing refers to it.
void erase(WriteTx& tx, const AgentId& id);

// The wrong values that the types of the members cannot find.
void check(const Agent& agent, BadFields& bad);

// A name for an agent that was not given one.
Name friendly_name(Random& random);

}  // namespace etapa::agents
