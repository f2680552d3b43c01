// Effect: say the step's initial message in the conversation (R23, R27, R28).
#include "crm/messages/store.hpp"
#include "flow/effects/effect.hpp"
#include "flow/send.hpp"

namespace etapa::flow {
namespace {

bool wanted(const Arrival& arrival) {
    switch (arrival.entry.cause) {
        case Cause::api_add:
        case Cause::entry:
        case Cause::dispatch:
        case Cause::trigger:
        case Cause::timer: return true;
        default: return arrival.entry.say == Say::always;
    }
}

void fail(WriteTx& tx, Arrival& arrival, std::string sentence) {
    arrival.message_sent = false;
    arrival.message_error = sentence;
    record_failure(tx, arrival, "The initial message was not sent: " + std::move(sentence));
}

void run(WriteTx& tx, Arrival& arrival) {
    const auto& text = arrival.target.initial_message;
    if (!text || text->blank() || !wanted(arrival)) return;
    if (arrival.entry.say == Say::too_late) return fail(tx, arrival, "The timer was more than 24 hours late.");
    const auto& conversation = arrival.conversation;
    if (!stored_is_sent(conversation.channel)) {
        return fail(tx, arrival, "The channel " + std::string(name_of(conversation.channel)) + " is not connected.");
    }
    Message message;
    message.conversation_id = conversation.id;
    message.from = Sender::agent;
    message.text = text->value;
    message.agent_id =
        arrival.placement.responding_agent_id ? arrival.placement.responding_agent_id : conversation.agent_id;
    message.read = true;
    arrival.message = messages::append(tx, std::move(message)).id;
    arrival.message_sent = true;
}

}  // namespace

extern const Effect say_initial_message{"say_initial_message", run};

}  // namespace etapa::flow
