#pragma once
// The table of threads: which thread of a channel is which conversation.

#include "crm/ids.hpp"
#include "db/tx.hpp"

#include <string>
#include <vector>

namespace etapa {

// A thread as its channel names it. `connection_id` is that of a channel connection, or an agent's.
struct Thread {
    std::string connection_id;
    std::string external_id;
};

}  // namespace etapa

namespace etapa::threads {

// The conversation of this thread: `fresh` when it had none. Whoever else asks for the same thread waits for the end of
// this transaction, so that a burst of first messages begins one conversation.
ConversationId claim(WriteTx& tx, const Thread& thread, const ConversationId& fresh);

// The connections through which the end user of the conversation writes, in no order.
std::vector<std::string> connections_of(ReadTx& tx, const ConversationId& conversation);

// The thread is this conversation from now on.
void point(WriteTx& tx, const Thread& thread, const ConversationId& conversation);

// Its next message begins a new conversation.
void forget(WriteTx& tx, const ConversationId& conversation);

}  // namespace etapa::threads
