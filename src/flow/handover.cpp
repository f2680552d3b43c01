#include "flow/handover.hpp"

#include "crm/channels/store.hpp"
#include "crm/channels/threads.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/arrival.hpp"
#include "flow/send.hpp"

#include <utility>

namespace etapa::flow {
namespace {

// A number of WhatsApp may send 80 messages in a second.
constexpr Duration pace{13};

// What the job needs to know.
struct Errand {
    MessageId message_id;
    Way way;
    std::optional<TemplateReference> instead;
    std::optional<Way> way_instead;
    bool text_first = false;
    std::string template_text;

    static consteval auto fields() {
        return describe(field("messageId", &Errand::message_id, "The message."),
                        field("way", &Errand::way, "Where it goes."),
                        field("instead", &Errand::instead, "The template that goes in its place."),
                        field("wayInstead", &Errand::way_instead, "Where that goes, if not the same way."),
                        field("textFirst", &Errand::text_first, "Whether only when the window is closed."),
                        field("templateText", &Errand::template_text, "What is shown of the template."));
    }
};

constexpr auto stopped = "the server stopped while it was being sent; it is not sent again";

// The message and its conversation, both locked; neither when one of them is gone.
std::pair<std::optional<Conversation>, std::optional<Message>> locked(WriteTx& tx, const Errand& errand) {
    const auto known = messages::find(tx, errand.message_id);
    if (!known) return {};
    auto conversation = conversations::find_and_lock(tx, known->message.conversation_id);
    auto message = conversation ? messages::lock(tx, errand.message_id) : std::nullopt;
    return {std::move(conversation), std::move(message)};
}

std::optional<SaidBy> said_by(const Message& message) {
    if (!message.metadata) return std::nullopt;
    const auto metadata = boost::json::parse(message.metadata->value);
    if (!metadata.is_object() || !metadata.get_object().contains("placementId")) return std::nullopt;
    return db::from_json_text<SaidBy>(message.metadata->value);
}

// A row of history about a message that a step could not say (R101), as far as the step is still there.
void record_step_failure(WriteTx& tx, const Message& message, const std::string& sentence) {
    const auto by = said_by(message);
    if (!by) return;
    const auto conversation = conversations::find_all(tx, {message.conversation_id});
    const auto step = steps::find(tx, by->step_id);
    if (conversation.empty() || !step) return;
    Arrival arrival;
    arrival.entry.cause = by->cause;
    arrival.conversation = conversation.front();
    arrival.target = *step;
    arrival.scenario_name = scenarios::get(tx, step->scenario_id).name.value;
    record_failure(tx, arrival, "The message of the step was not sent: " + sentence);
}

void save(WriteTx& tx, const Message& before, Message after) {
    after.updated_at = time_of_change(before.updated_at, tx.now());
    publish_changed(tx, before, after);
    messages::save_delivery(tx, after);
}

void mark(WriteTx& tx, const Message& before, DeliveryState delivery, const std::string& error = {}) {
    Message after = before;
    after.delivery = delivery;
    after.delivery_error = error.empty() ? std::nullopt : std::optional(error);
    save(tx, before, std::move(after));
}

void fail(WriteTx& tx, const Message& message, DeliveryState delivery, const std::string& error) {
    mark(tx, message, delivery, error);
    record_step_failure(tx, message, error);
}

// It must not look as if it had been sent (R75, R78).
void block(WriteTx& tx, const Message& message) {
    events::publish_deleted(tx, "message.blocked", message);
    messages::remove(tx, message);
    record_step_failure(tx, message, std::string(window_error));
}

void drop(WriteTx& tx, const Message& message) {
    events::publish_deleted(tx, "message.dropped", message);
    messages::remove(tx, message);
}

// The conversation has left the step that said it, or the step is gone (R10, R18.3, R89).
bool is_outdated(ReadTx& tx, const Message& message, const Conversation& conversation) {
    const auto by = said_by(message);
    if (!by) return false;
    if (by->entry_seq != conversation.entry_seq || !steps::find(tx, by->step_id)) return true;
    return !placements::find(tx, by->scenario_id, conversation.id).has_value();
}

std::string address_of(ReadTx& tx, const Conversation& conversation) {
    if (!conversation.channel_external_id.empty()) return conversation.channel_external_id;
    const auto contact = conversation.contact_id ? contacts::find_holder(tx, *conversation.contact_id) : std::nullopt;
    if (!contact || !contact->phone_number) return {};
    return contacts::digits_of(contact->phone_number->value);
}

std::optional<ChannelConnection> connection_of(ReadTx& tx, const Conversation& conversation,
                                               const std::optional<AgentId>& agent) {
    if (agent) return connections::find_of(tx, *agent, conversation.channel);
    for (const auto& id : threads::connections_of(tx, conversation.id)) {
        if (auto connection = connections::find(tx, {id})) return connection;
    }
    if (!conversation.agent_id) return std::nullopt;
    return connections::find_of(tx, *conversation.agent_id, conversation.channel);
}

// The message of a report. One that was handed over, and whose answer is not recorded or never came, has no id of the
// provider's yet.
std::optional<Message> reported(WriteTx& tx, const ConnectionId& connection, const DeliveryReport& progress) {
    if (const auto known = messages::find_external(tx, connection.value, progress.external_id)) {
        return messages::lock(tx, known->id);
    }
    auto message = messages::lock(tx, {progress.message_id});
    if (!message || message->connection_id != connection.value || message->external_id) return std::nullopt;
    if (message->delivery != DeliveryState::handed_over && message->delivery != DeliveryState::uncertain) return {};
    message->external_id = progress.external_id;
    return message;
}

// The template takes the place of a text whose window has closed, or of any text when it was chosen.
bool is_wrapped(WriteTx& tx, const Errand& errand, const Conversation& conversation) {
    return errand.instead && (!errand.text_first || outside_window(conversation, tx.now()));
}

}  // namespace

std::optional<Way> way_to(ReadTx& tx, const Conversation& conversation, const std::optional<AgentId>& agent) {
    const auto connection = connection_of(tx, conversation, agent);
    auto recipient = address_of(tx, conversation);
    if (!connection || recipient.empty()) return std::nullopt;
    return Way{connection->id, std::move(recipient)};
}

Message dispatch(WriteTx& tx, Message message, const Way& way, const Wrapped& wrapped) {
    message.delivery = DeliveryState::waiting;
    message.connection_id = way.connection_id.value;
    message = messages::append(tx, std::move(message));
    events::publish_created(tx, "message.created", message);
    const Errand errand{message.id,           way, wrapped.instead, wrapped.way_instead, wrapped.text_first,
                        wrapped.template_text};
    const auto due = connections::take_turn(tx, way.connection_id, pace);
    const std::string key = "send:" + message.id.value;
    const std::string target = std::string(jobs::one_at_a_time) + message.conversation_id.value;
    jobs::schedule_outside(tx, {send_job_kind, key, target, due, {json::to_text(errand)}}, jobs::Known::kept);
    return message;
}

std::optional<Handover> hand_over(WriteTx& tx, const Job& job) {
    const auto errand = db::from_json_text<Errand>(job.payload.value);
    const auto [conversation, stored] = locked(tx, errand);
    if (!stored) return std::nullopt;
    if (stored->delivery == DeliveryState::handed_over) fail(tx, *stored, DeliveryState::uncertain, stopped);
    if (stored->delivery != DeliveryState::waiting) return std::nullopt;
    if (is_outdated(tx, *stored, *conversation)) return drop(tx, *stored), std::nullopt;
    const bool wrapped = is_wrapped(tx, errand, *conversation);
    const Way& way = wrapped && errand.way_instead ? *errand.way_instead : errand.way;
    const auto connection = connections::find(tx, way.connection_id);
    if (!connection) return fail(tx, *stored, DeliveryState::failed, "the connection was removed"), std::nullopt;
    if (!wrapped && outside_window(*conversation, tx.now())) return block(tx, *stored), std::nullopt;
    Message message = *stored;
    message.connection_id = way.connection_id.value;
    if (wrapped && errand.text_first) message.text = errand.template_text;
    message.delivery = DeliveryState::handed_over;
    message.delivery_error.reset();
    save(tx, *stored, message);
    return Handover{message, way, wrapped ? errand.instead : std::nullopt, *connection};
}

void abandon_message(WriteTx& tx, const Job& job) {
    const auto stored = locked(tx, db::from_json_text<Errand>(job.payload.value)).second;
    if (!stored) return;
    if (stored->delivery == DeliveryState::handed_over) fail(tx, *stored, DeliveryState::uncertain, stopped);
    if (stored->delivery == DeliveryState::waiting) fail(tx, *stored, DeliveryState::failed, "somebody gave it up");
}

void record(WriteTx& tx, const MessageId& id, const ConnectionId& connection, const Receipt& receipt) {
    const auto message = messages::lock(tx, id);
    if (!message || message->delivery != DeliveryState::handed_over) return;
    switch (receipt.outcome) {
        case Receipt::Outcome::accepted: {
            Message sent = *message;
            sent.connection_id = connection.value;
            sent.external_id = receipt.external_id;
            sent.delivery = DeliveryState::sent;
            sent.delivery_error.reset();
            return save(tx, *message, std::move(sent));
        }
        case Receipt::Outcome::refused: return fail(tx, *message, DeliveryState::failed, receipt.error);
        case Receipt::Outcome::window_closed: return block(tx, *message);
        case Receipt::Outcome::later: return mark(tx, *message, DeliveryState::waiting, receipt.error);
        case Receipt::Outcome::unknown: return fail(tx, *message, DeliveryState::uncertain, receipt.error);
    }
}

void note_progress(WriteTx& tx, const ConnectionId& connection, const DeliveryReport& progress) {
    auto message = reported(tx, connection, progress);
    if (!message || !message->delivery || message->from == Sender::human) return;
    if (progress.window_closed) return block(tx, *message);
    if (progress.delivery == DeliveryState::failed) {
        if (message->delivery == DeliveryState::failed) return;
        return fail(tx, *message, DeliveryState::failed, progress.error);
    }
    const bool is_open = message->delivery == DeliveryState::uncertain;
    if (is_open || *message->delivery < progress.delivery) mark(tx, *message, progress.delivery);
}

}  // namespace etapa::flow
