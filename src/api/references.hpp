#pragma once
// Takes something that is being deleted out of the settings of steps, one event for each step that it changes.

#include "crm/ids.hpp"
#include "db/tx.hpp"

namespace etapa::api {

// R93: steps no longer answer, notify or send templates through this agent.
void forget_agent(WriteTx& tx, const AgentId& id);

// R94: the member is pruned from the lists of every step.
void forget_member(WriteTx& tx, const MembershipId& id);

}  // namespace etapa::api
