#pragma once
// A message of the end user arrives.

#include "crm/conversations/conversation.hpp"
#include "crm/messages/message.hpp"
#include "db/tx.hpp"

#include <string>

namespace etapa::flow {

// Stores it as unread, opens a resolved conversation again (R83), and counts as activity of the end user: for the
// 24-hour rule (R73) and for timers that go round in circles (R57). `conversation` is locked.
Message receive(WriteTx& tx, const Conversation& conversation, std::string text);

}  // namespace etapa::flow
