#pragma once
// The table of conversations. Status and assignees are written by people::hold only; the step by flow::enter only. A
// buried conversation is gone for every function here, even while a job still clears what belongs to it.

#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace etapa::conversations {

std::optional<Conversation> find(ReadTx& tx, const ConversationId& id);
Conversation get(ReadTx& tx, const ConversationId& id);
Conversation lock(WriteTx& tx, const ConversationId& id);
std::optional<Conversation> find_and_lock(WriteTx& tx, const ConversationId& id);
std::vector<Conversation> find_all(ReadTx& tx, const std::vector<ConversationId>& ids);
// Reads for change, locking in id order; unknown ids are left out.
std::vector<Conversation> lock_all(WriteTx& tx, const std::vector<ConversationId>& ids);
// The same, when other rows are wanted at the same time.
Later<Conversation> lock_all_later(WriteTx& tx, const std::vector<ConversationId>& ids);

// How a contact is named by somebody who knows no conversation.
struct Reach {
    enum class By : std::uint8_t { phone_number, email } by = By::phone_number;
    std::string address;
    AgentId agent;
    Channel channel = Channel::api;
};
// The newest conversation of a contact with this address, or of one merged into it, with this agent on this channel. A
// phone number is found by its digits.
std::optional<Conversation> find_newest(ReadTx& tx, const Reach& reach);

// How many there are of each status.
std::map<std::string, std::int64_t> counts_by_status(ReadTx& tx);

void insert(WriteTx& tx, const Conversation& conversation);
// Stores what may change about a conversation but for its agent, its status and where it stands.
void save(WriteTx& tx, const Conversation& conversation);
// Stores priority, AI switch, entrySeq and updatedAt.
void save_entry(WriteTx& tx, const Conversation& conversation);
// The agent is nobody's own agent any more (R93); at most `limit` rows, whose number is returned.
std::int64_t forget_agent(WriteTx& tx, const AgentId& agent, std::int64_t limit);

// Makes it a tombstone.
void bury(WriteTx& tx, const ConversationId& id);
// Removes up to `limit` rows of what belongs to a buried conversation: messages, history, notes, files, variables,
// tags. A file counts as 100 rows, because its bytes have to be found before they can go. True when nothing is left.
bool erase_belongings(WriteTx& tx, const ConversationId& id, std::int64_t limit);
void erase(WriteTx& tx, const ConversationId& id);

}  // namespace etapa::conversations
