#pragma once
// Events become deliveries. A cursor of each organization says how far they have; it moves in the transaction that
// stores the deliveries, so none is left out and none is made twice. It reads in the order of commits, and so never
// passes an event that is still to be committed (crm/events/store.hpp). Changes themselves pay nothing for webhooks.

#include "crm/jobs/job.hpp"
#include "crm/webhooks/webhook.hpp"
#include "db/tx.hpp"

#include <vector>

namespace etapa::flow {

inline constexpr std::string_view replay_job = "webhook.replay";

// The organizations whose events are behind. Crosses organizations: only the runner asks.
std::vector<OrganizationId> behind(ReadTx& tx);
// Makes deliveries of a batch of events; true when there may be more.
bool fan_out(WriteTx& tx);

// Tells an endpoint once more what happened from one time to another, with the same webhook-ids (the job
// `webhook.replay` does it, some events at a time). Each call is told in full, whatever others still run.
void ask_to_replay(WriteTx& tx, const WebhookId& webhook, Time from, Time to);
void replay(WriteTx& tx, const Job& job);

}  // namespace etapa::flow
