#pragma once
// The table of webhooks, and how far the events of each organization have become deliveries.

#include "crm/events/position.hpp"
#include "crm/webhooks/webhook.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::webhooks {

// Oldest first.
std::vector<Webhook> list(ReadTx& tx);
std::optional<Webhook> find(ReadTx& tx, const WebhookId& id);
Webhook get(ReadTx& tx, const WebhookId& id);
Webhook lock(WriteTx& tx, const WebhookId& id);
void insert(WriteTx& tx, const Webhook& webhook);
void save(WriteTx& tx, const Webhook& webhook);
void erase(WriteTx& tx, const WebhookId& id);

// From now on the events of the organization are read (flow/fan_out.hpp). Those from before are not.
void follow_events(WriteTx& tx);
// The position behind the latest event that was read; locks it. Empty when nobody follows.
std::optional<events::Position> lock_position(WriteTx& tx);
void save_position(WriteTx& tx, const events::Position& position);
// Whether events of this time or before were not read.
bool is_behind(ReadTx& tx, Time time);
// The organizations with events that were not read. Crosses organizations: only the runner asks.
std::vector<OrganizationId> organizations_behind(ReadTx& tx);

// The position behind which are the events from this time on, but for those that are dated out of order.
events::Position position_before(ReadTx& tx, Time time);

}  // namespace etapa::webhooks
