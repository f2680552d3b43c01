#pragma once
// A message of the end user arrives: one turn, in one transaction (R39).
//
// Whatever it came through, an adapter or the API has made an `Inbound` of it. Nobody waits for the outside here, and
// nobody answers: what the turn leads to, a move and what its step says, is stored with it.

#include "crm/channels/threads.hpp"
#include "crm/contacts/contact.hpp"
#include "crm/conversations/conversation.hpp"
#include "crm/messages/message.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::flow {

struct Inbound {
    // A reaction is stored and opens the window, but asks nothing of the engine (R34).
    enum class Kind : std::uint8_t { message, reaction } kind = Kind::message;
    Channel channel = Channel::api;
    AgentId agent;
    std::optional<ConversationId> conversation = {};  // to go on with, if the agent takes part in it
    std::optional<Thread> thread = {};                // else the one of this thread; neither: a new one
    std::string external_id = {};                     // the provider's id of the message; empty: it has none
    Contact end_user = {};                            // as far as known
    std::optional<ContactId> contact = {};            // when nothing in `end_user` finds one
    std::optional<ShortText> visitor_id = {};
    std::string text = {};
    std::optional<std::vector<Attachment>> attachments = {};
    std::optional<JsonObject> metadata = {};
    std::optional<Time> sent_at = {};  // by the provider's clock
};

struct Received {
    bool repeated = false;  // it had been taken in before: nothing happened (R113)
    ConversationId conversation;
    std::string visitor_id;
    MessageId message;
};

// Finds or begins the conversation and the contact, stores the message, opens a resolved conversation again, enters a
// new one into its agent's scenario (R5), or else follows the triggers (R34).
Received receive(WriteTx& tx, const Inbound& inbound);

// Only stores what the end user said some other way: as unread, opening a resolved conversation again (R83), and
// counting as activity for timers (R52, R57), but not for the 24-hour rule (R73). `conversation` is locked.
Message hear(WriteTx& tx, const Conversation& conversation, Message message);

}  // namespace etapa::flow
