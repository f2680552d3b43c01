#pragma once
// Triggers: what the end user writes moves their conversation to a step that waits for it (R34-R43).

#include "crm/conversations/conversation.hpp"
#include "crm/messages/message.hpp"
#include "db/tx.hpp"

#include <string_view>

namespace etapa::flow {

// Judges the message once, and moves the conversation at most once (R38, R39). Nothing is judged while the AI is off,
// in no scenario, or when no step can be reached. The decision is recorded, whatever it is (R114).
void follow_triggers(WriteTx& tx, const Conversation& conversation, const Message& message);

}  // namespace etapa::flow
