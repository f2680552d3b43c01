#pragma once
// The table of messages.

#include "crm/messages/message.hpp"
#include "db/tx.hpp"

namespace etapa::messages {

// Stores a message at the end of its conversation; id and times are set here.
Message append(WriteTx& tx, Message message);

}  // namespace etapa::messages
