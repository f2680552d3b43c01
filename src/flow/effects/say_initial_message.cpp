// Effect: say to the end user what the step has to say: its initial message or its WhatsApp template, never both (R23,
// R25-R28).
#include "crm/channels/traits.hpp"
#include "crm/events/store.hpp"
#include "crm/messages/store.hpp"
#include "flow/effects/effect.hpp"
#include "flow/handover.hpp"
#include "flow/placeholders.hpp"
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

// What there is to say, with its placeholders filled. A blank text is none (R26).
struct Words {
    std::string text;
    std::optional<TemplateReference> approved;
    std::string approved_text;
};

Words words_of(WriteTx& tx, const Arrival& arrival) {
    const auto& step = arrival.target;
    const Subject subject{arrival.conversation, step, arrival.scenario_name};
    Words words;
    if (step.initial_message) words.text = filled(tx, subject, step.initial_message->value);
    if (is_blank(words.text)) words.text.clear();
    const auto& whatsapp = step.whatsapp;
    const bool configured = whatsapp && whatsapp->template_name && !whatsapp->template_name->blank();
    if (!configured || !takes_templates(arrival.conversation.channel)) return words;
    const auto& language = whatsapp->template_language_code;
    words.approved = TemplateReference{whatsapp->template_name->value, language ? language->value : "en_US"};
    words.approved_text = words.approved->name;
    if (whatsapp->template_text) words.approved_text = filled(tx, subject, whatsapp->template_text->value);
    return words;
}

Message message_of(const Arrival& arrival, std::string text) {
    const auto& conversation = arrival.conversation;
    Message message;
    message.conversation_id = conversation.id;
    message.from = Sender::agent;
    message.text = std::move(text);
    message.agent_id =
        arrival.placement.responding_agent_id ? arrival.placement.responding_agent_id : conversation.agent_id;
    message.read = true;
    const auto& placement = arrival.placement;
    const SaidBy by{arrival.target.scenario_id, arrival.target.id, placement.id, placement.entry_seq,
                    arrival.entry.cause};
    message.metadata = JsonObject{json::to_text(by)};
    return message;
}

void store(WriteTx& tx, Arrival& arrival, std::string text) {
    const auto message = messages::append(tx, message_of(arrival, std::move(text)));
    events::publish_created(tx, "message.created", message);
    arrival.message = message.id;
    arrival.message_sent = true;
}

// The window is closed, and there is no template (R75).
void block(WriteTx& tx, Arrival& arrival, const std::string& text) {
    events::Members to;
    to.add("conversationId", arrival.conversation.id).add("text", text);
    to.add("scenarioId", arrival.target.scenario_id).add("stepId", arrival.target.id);
    to.add("reason", window_error);
    events::publish(tx, "message.blocked", "blocked:" + arrival.stay.id.value, {}, to);
    arrival.blocked_by_24h_rule = true;
    fail(tx, arrival, std::string(window_error));
}

// Whether it was sent is known only when the provider has answered (R28). Until then the window may close; a template
// whose number is not connected cannot take the place of the text.
void send(WriteTx& tx, Arrival& arrival, const Words& words, bool in_window) {
    const bool as_template = words.approved && (words.text.empty() || !in_window);
    const auto& conversation = arrival.conversation;
    const auto way_instead =
        words.approved ? way_to(tx, conversation, arrival.target.whatsapp->template_agent_id) : std::nullopt;
    const auto way = as_template ? way_instead : way_to(tx, conversation);
    if (!way) {
        const auto channel = std::string(name_of(conversation.channel));
        return fail(tx, arrival, "The channel " + channel + " is not connected.");
    }
    auto message = message_of(arrival, as_template ? words.approved_text : words.text);
    Wrapped wrapped;
    if (way_instead) wrapped = {words.approved, way_instead, !as_template, words.approved_text};
    arrival.message = dispatch(tx, std::move(message), *way, wrapped).id;
}

void run(WriteTx& tx, Arrival& arrival) {
    if (!wanted(arrival)) return;
    const auto words = words_of(tx, arrival);
    if (words.text.empty() && !words.approved) return;
    if (arrival.entry.say == Say::too_late) return fail(tx, arrival, "The timer was more than 24 hours late.");
    const auto& conversation = arrival.conversation;
    if (stored_is_sent(conversation.channel)) return store(tx, arrival, words.text);
    const bool in_window = !outside_window(conversation, tx.now());
    if (!in_window && !words.approved) return block(tx, arrival, words.text);
    if (has_window(conversation.channel)) arrival.blocked_by_24h_rule = false;
    send(tx, arrival, words, in_window);
}

}  // namespace

extern const Effect say_initial_message{"say_initial_message", run};

}  // namespace etapa::flow
