#pragma once
// The table of channel connections.

#include "crm/channels/connection.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::connections {

std::optional<ChannelConnection> find(ReadTx& tx, const ConnectionId& id);
// Of whatever organization: a provider's hook names its connection before anybody knows whose it is. Nothing else may
// ask so.
std::optional<ChannelConnection> find_anywhere(ReadTx& tx, const ConnectionId& id);
// Oldest first.
std::vector<ChannelConnection> of(ReadTx& tx, const AgentId& agent);
// The oldest connection of the agent to this channel.
std::optional<ChannelConnection> find_of(ReadTx& tx, const AgentId& agent, Channel type);

// Stores a new connection; id and times are set here.
ChannelConnection insert(WriteTx& tx, ChannelConnection connection);
// True when the agent has a connection of this type.
bool enable(WriteTx& tx, const AgentId& agent, Channel type, bool enabled);
void remove(WriteTx& tx, const ConnectionId& id);
void remove_all(WriteTx& tx, const AgentId& agent);

// When the next message may be handed over; the one after it waits for `pace` longer.
Time take_turn(WriteTx& tx, const ConnectionId& id, Duration pace);

}  // namespace etapa::connections
