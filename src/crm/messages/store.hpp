#pragma once
// The table of messages. Those of a deleted conversation are gone for every function here, even while a job still
// clears them.

#include "crm/messages/message.hpp"
#include "crm/messages/view.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace etapa::messages {

std::optional<MessageView> find(ReadTx& tx, const MessageId& id);
MessageView get(ReadTx& tx, const MessageId& id);
// The message that came or left through this connection under this id of the provider's.
std::optional<Message> find_external(ReadTx& tx, std::string_view connection, std::string_view external_id);
// The newest message of the conversation.
std::optional<MessageId> newest_in(ReadTx& tx, const ConversationId& conversation);
std::int64_t count(ReadTx& tx, const ConversationId& conversation);
// The newest `count` messages of a conversation, oldest first.
std::vector<MessageView> latest(ReadTx& tx, const ConversationId& conversation, std::int64_t count);
// The `count` oldest messages of a conversation after this one, oldest first; of all when the id is empty.
std::vector<MessageView> following(ReadTx& tx, const ConversationId& conversation, const MessageId& after,
                                   std::int64_t count);

// Reads for change; the conversation of a message is locked before.
std::optional<Message> lock(WriteTx& tx, const MessageId& id);

// Stores a message at the end of its conversation; id and times are set here. Behind `newest`, where that is known,
// whichever node stored it and by whatever clock, and behind what this transaction has appended.
Message append(WriteTx& tx, Message message, const std::optional<MessageId>& newest = {});
// Stores how far it has got: text, delivery, and its identity at the provider.
void save_delivery(WriteTx& tx, const Message& message);
// Stores its files, or why they are not there.
void save_files(WriteTx& tx, const Message& message);
void remove(WriteTx& tx, const Message& message);
// The newest `count` unread messages of a conversation become read.
void mark_read(WriteTx& tx, const ConversationId& conversation, std::int64_t count);

}  // namespace etapa::messages
