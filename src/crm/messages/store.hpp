#pragma once
// The table of messages. Those of a deleted conversation are gone for every function here, even while a job still
// clears them.

#include "crm/messages/message.hpp"
#include "crm/messages/view.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::messages {

std::optional<MessageView> find(ReadTx& tx, const MessageId& id);
MessageView get(ReadTx& tx, const MessageId& id);
// The newest `count` messages of a conversation, oldest first.
std::vector<MessageView> latest(ReadTx& tx, const ConversationId& conversation, std::int64_t count);
// The `count` oldest messages of a conversation after this one, oldest first; of all when the id is empty.
std::vector<MessageView> following(ReadTx& tx, const ConversationId& conversation, const MessageId& after,
                                   std::int64_t count);

// Stores a message at the end of its conversation; id and times are set here.
Message append(WriteTx& tx, Message message);
// The newest `count` unread messages of a conversation become read.
void mark_read(WriteTx& tx, const ConversationId& conversation, std::int64_t count);

}  // namespace etapa::messages
