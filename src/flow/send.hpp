#pragma once
// A message of the organization's side: said to the end user, or only noted as said elsewhere.

#include "base/problem.hpp"
#include "crm/conversations/conversation.hpp"
#include "crm/messages/message.hpp"
#include "db/tx.hpp"

#include <expected>

namespace etapa::flow {

// What the API says when the 24-hour rule forbids to write.
inline constexpr std::string_view window_error = "ERR_META_SESSION_EXPIRED_24H";

// Whether the 24-hour rule forbids to write now: on WhatsApp and Instagram direct, the end user's last message must be
// less than 24 hours old (R72, R73).
bool outside_window(const Conversation& conversation, Time now);

// Stores a message that was sent to the end user some other way. The conversation stays as it is (R86).
Message note(WriteTx& tx, Message message);

// Publishes what has changed on a message, with the conversation that it stands in: whoever is told needs it, and
// everything about a conversation is told in one order.
void publish_changed(WriteTx& tx, const Message& before, const Message& after);

// Sends what a person wrote (R85, R86): `text`, `attachments`, and who else is named in `message`. Through a provider
// it leaves after the commit. The 406 of the 24-hour rule is told as an event, so it is returned; the 409 for a channel
// that is not connected is thrown. No message is stored then (R75, R78).
std::expected<Message, Problem> send(WriteTx& tx, const Conversation& conversation, Message message);

}  // namespace etapa::flow
