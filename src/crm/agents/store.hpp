#pragma once
// The table of agents. A deleted agent is gone for every function here.

#include "base/problem.hpp"
#include "crm/agents/agent.hpp"
#include "crm/agents/brief.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::agents {

std::optional<Agent> find(ReadTx& tx, const AgentId& id);
std::optional<Agent> find_by_handle(ReadTx& tx, const Handle& handle);
Agent get(ReadTx& tx, const AgentId& id);
Agent lock(WriteTx& tx, const AgentId& id);
bool exists(ReadTx& tx, const AgentId& id);
// Newest first.
std::vector<Agent> list(ReadTx& tx, std::int64_t limit, std::int64_t offset);
// Those of `ids` that exist, in no order.
std::vector<AgentBrief> briefs(ReadTx& tx, const std::vector<AgentId>& ids);

Agent insert(WriteTx& tx, Agent agent);
void save(WriteTx& tx, const Agent& agent);
// Removes the row of a deleted agent, once nothing refers to it.
void erase(WriteTx& tx, const AgentId& id);

// The wrong values that the types of the members cannot find.
void check(const Agent& agent, BadFields& bad);

// A name for an agent that was not given one.
Name friendly_name(Random& random);

}  // namespace etapa::agents
