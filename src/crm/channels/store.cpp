#include "crm/channels/store.hpp"

namespace etapa::connections {

std::optional<ChannelConnection> find(ReadTx& tx, const ConnectionId& id) {
    return tx.first<ChannelConnection>(
        "SELECT {columns} FROM channel_connection WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

std::optional<ChannelConnection> find_anywhere(ReadTx& tx, const ConnectionId& id) {
    return tx.first<ChannelConnection>("SELECT {columns} FROM channel_connection WHERE id = $1", id);
}

std::vector<ChannelConnection> of(ReadTx& tx, const AgentId& agent) {
    return tx.all<ChannelConnection>(
        "SELECT {columns} FROM channel_connection WHERE organization_id = $1 AND agent_id = $2 ORDER BY id",
        tx.organization(), agent);
}

std::optional<ChannelConnection> find_of(ReadTx& tx, const AgentId& agent, Channel type) {
    return tx.first<ChannelConnection>(
        "SELECT {columns} FROM channel_connection WHERE organization_id = $1 AND agent_id = $2 AND type = $3"
        " ORDER BY id LIMIT 1",
        tx.organization(), agent, type);
}

ChannelConnection insert(WriteTx& tx, ChannelConnection connection) {
    connection.id = tx.new_id<ConnectionId>();
    connection.organization_id = tx.organization();
    connection.next_send_at = tx.now();
    connection.created_at = tx.now();
    connection.updated_at = tx.now();
    tx.insert("channel_connection", connection);
    return connection;
}

bool enable(WriteTx& tx, const AgentId& agent, Channel type, bool enabled) {
    return tx.run(
               "UPDATE channel_connection SET enabled = $4, updated_at = $5 WHERE organization_id = $1"
               " AND agent_id = $2 AND type = $3",
               tx.organization(), agent, type, enabled, tx.now()) > 0;
}

void remove(WriteTx& tx, const ConnectionId& id) {
    tx.defer("DELETE FROM channel_connection WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

void remove_all(WriteTx& tx, const AgentId& agent) {
    tx.defer("DELETE FROM channel_connection WHERE organization_id = $1 AND agent_id = $2", tx.organization(), agent);
}

Time take_turn(WriteTx& tx, const ConnectionId& id, Duration pace) {
    const auto next = tx.first<Time>(
        "UPDATE channel_connection SET next_send_at = CASE WHEN next_send_at < $3 THEN $3 ELSE next_send_at END + $4"
        " WHERE organization_id = $1 AND id = $2 RETURNING next_send_at",
        tx.organization(), id, tx.now(), pace.milliseconds);
    return next ? *next - pace : tx.now();
}

}  // namespace etapa::connections
