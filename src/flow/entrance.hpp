#pragma once
// Automatic entry: a new conversation enters the scenario of its agent by itself (R5-R9).

#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

namespace etapa::flow {

// To be asked at the first message of a conversation, and never again (R6). True when it entered. A setting that leads
// nowhere is recorded and stands in nobody's way (R9).
bool enter_automatically(WriteTx& tx, const Conversation& conversation);

}  // namespace etapa::flow
