// Effect: tell the step's webhook that a conversation entered (R31).
#include "crm/agents/store.hpp"
#include "flow/deliver.hpp"
#include "flow/effects/effect.hpp"
#include "flow/flat.hpp"

namespace etapa::flow {
namespace {

void add_agent(Flat& flat, ReadTx& tx, std::string_view id_name, std::string_view name_name,
               const std::optional<AgentId>& id) {
    const auto agent = id ? agents::find(tx, *id) : std::nullopt;
    if (agent) flat.add(id_name, agent->id).add(name_name, agent->name);
}

std::string payload_of(WriteTx& tx, const Arrival& arrival, const std::string& event_id) {
    const auto& step = arrival.target;
    Flat flat;
    flat.add("eventType", "STEP_ENTERED").add("eventId", event_id);
    flat.add_conversation(tx, arrival.conversation);
    add_agent(flat, tx, "agentId", "agentName", arrival.conversation.agent_id);
    add_agent(flat, tx, "stepAgentId", "stepAgentName", step.agent_id);
    flat.add("scenarioId", step.scenario_id).add("scenarioName", arrival.scenario_name);
    flat.add("stepId", step.id).add("stepName", step.name).add("stepIndex", step.position);
    if (arrival.from) flat.add("previousStepId", arrival.from->id);
    flat.add("cause", arrival.entry.cause);
    flat.add_if("messageId", arrival.message).add_if("messageSent", arrival.message_sent);
    flat.add_if("messageError", arrival.message_error);
    return flat.add("createdAt", tx.now()).text();
}

void run(WriteTx& tx, Arrival& arrival) {
    const auto& step = arrival.target;
    // Asking for the message again in the step where it stands enters nothing.
    if (!step.webhook_url || arrival.stay.id.empty()) return;
    Delivery delivery;
    delivery.source = DeliverySource::step;
    delivery.source_id = step.id.value;
    delivery.lane = arrival.conversation.id.value;
    // R21: the placement, its entry, and what is done.
    delivery.webhook_id = "msg_" + arrival.placement.id.value + '_' + std::to_string(arrival.placement.entry_seq);
    delivery.kind = "step.entered";
    delivery.address = step.webhook_url->value;
    delivery.headers = step.webhook_header;
    delivery.payload = {payload_of(tx, arrival, delivery.webhook_id)};
    delivery.stay_id = arrival.stay.id;
    deliver(tx, std::move(delivery), step.webhook_url->value);
}

}  // namespace

extern const Effect call_webhook{"call_webhook", run};

}  // namespace etapa::flow
