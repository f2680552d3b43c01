#include "flow/receive.hpp"

#include "crm/events/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/placements/store.hpp"
#include "flow/change.hpp"

namespace etapa::flow {

Message receive(WriteTx& tx, const Conversation& conversation, std::string text) {
    Message message;
    message.conversation_id = conversation.id;
    message.from = Sender::human;
    message.text = std::move(text);
    message.contact_id = conversation.contact_id;
    if (conversation.visitor_id) message.visitor_id = conversation.visitor_id->value;
    message = messages::append(tx, std::move(message));
    events::publish_created(tx, "message.created", message);
    Conversation after = conversation;
    after.unread_messages_count += 1;
    after.last_inbound_at = tx.now();
    if (after.status == ConversationStatus::resolved) after.status = ConversationStatus::unresolved;
    change(tx, conversation, std::move(after));
    placements::forget_timer_hops(tx, conversation.id);
    return message;
}

}  // namespace etapa::flow
