#include "flow/send.hpp"

#include "base/problem.hpp"
#include "crm/events/store.hpp"
#include "crm/messages/store.hpp"
#include "flow/change.hpp"

namespace etapa::flow {

bool stored_is_sent(Channel channel) {
    return channel == Channel::api || channel == Channel::website || channel == Channel::dashboard;
}

bool outside_window(const Conversation& conversation, Time now) {
    constexpr Duration window = seconds(24 * 3'600);
    const bool ruled = conversation.channel == Channel::whatsapp || conversation.channel == Channel::instagram_dm;
    const auto& last = conversation.last_inbound_at;
    return ruled && (!last || now - *last >= window);
}

Message note(WriteTx& tx, Message message) {
    message.from = Sender::agent;
    message.read = true;
    message = messages::append(tx, std::move(message));
    events::publish_created(tx, "message.created", message);
    return message;
}

Message send(WriteTx& tx, const Conversation& conversation, Message message) {
    if (outside_window(conversation, tx.now())) {
        throw Problem(406, "outside_24h_window",
                      "The end user last wrote more than 24 hours ago, so this channel takes no message now.");
    }
    if (!stored_is_sent(conversation.channel)) {
        throw Problem(409, "channel_not_connected",
                      "The channel " + std::string(name_of(conversation.channel)) +
                          " is not connected, so the message was not sent and not stored.");
    }
    message.conversation_id = conversation.id;
    if (!message.agent_id) message.agent_id = conversation.agent_id;
    message = note(tx, std::move(message));
    Conversation after = conversation;
    after.last_human_interaction_at = tx.now();
    change(tx, conversation, std::move(after));
    return message;
}

}  // namespace etapa::flow
