#include "crm/messages/store.hpp"

namespace etapa::messages {

Message append(WriteTx& tx, Message message) {
    message.id = tx.new_id<MessageId>();
    message.organization_id = tx.organization();
    message.created_at = tx.now();
    message.updated_at = tx.now();
    tx.insert("message", message);
    return message;
}

}  // namespace etapa::messages
