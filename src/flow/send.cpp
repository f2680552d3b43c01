#include "flow/send.hpp"

#include "crm/channels/traits.hpp"
#include "crm/events/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/placements/store.hpp"
#include "flow/change.hpp"
#include "flow/handover.hpp"
#include "flow/timers.hpp"

namespace etapa::flow {

bool outside_window(const Conversation& conversation, Time now) {
    constexpr Duration window = seconds(24 * 3'600);
    const auto& last = conversation.last_inbound_at;
    return has_window(conversation.channel) && (!last || now - *last >= window);
}

Message note(WriteTx& tx, Message message) {
    message.from = Sender::agent;
    message.read = true;
    message = messages::append(tx, std::move(message));
    events::publish_created(tx, "message.created", message);
    timers::heard(tx, message.conversation_id, timers::Voice::organization);
    return message;
}

void publish_changed(WriteTx& tx, const Message& before, const Message& after) {
    constexpr std::string_view kind = "message.changed";
    if (!events::publish_changed(tx, kind, before, after)) return;
    events::Members where;
    where.add("conversationId", after.conversation_id);
    events::publish(tx, kind, after.id.value, {}, where);
}

namespace {

Message handed_on(WriteTx& tx, const Conversation& conversation, Message message) {
    const auto way = way_to(tx, conversation);
    if (!way) {
        throw Problem(409, "channel_not_connected",
                      "The channel " + std::string(name_of(conversation.channel)) +
                          " is not connected, so the message was not sent and not stored.");
    }
    message.from = Sender::agent;
    message.read = true;
    message = dispatch(tx, std::move(message), *way);
    timers::heard(tx, conversation.id, timers::Voice::organization);
    return message;
}

Problem blocked(WriteTx& tx, const Conversation& conversation, const Message& message) {
    events::Members to;
    to.add("conversationId", conversation.id).add("text", message.text).add("attachments", message.attachments);
    to.add("reason", window_error);
    events::publish(tx, "message.blocked", "blocked:" + tx.new_id<MessageId>().value, {}, to);
    return {406, "outside_24h_window",
            "The end user last wrote more than 24 hours ago, so this channel takes no message now."};
}

}  // namespace

std::expected<Message, Problem> send(WriteTx& tx, const Conversation& conversation, Message message) {
    if (outside_window(conversation, tx.now())) return std::unexpected(blocked(tx, conversation, message));
    message.conversation_id = conversation.id;
    if (!message.agent_id) message.agent_id = conversation.agent_id;
    message = stored_is_sent(conversation.channel) ? note(tx, std::move(message))
                                                   : handed_on(tx, conversation, std::move(message));
    Conversation after = conversation;
    after.last_human_interaction_at = tx.now();
    change(tx, conversation, std::move(after));
    placements::forget_timer_hops(tx, conversation.id);
    return message;
}

}  // namespace etapa::flow
