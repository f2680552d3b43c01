#pragma once
// The table of conversations. Status and assignees are written by people::hold only; the step by flow::enter only.

#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::conversations {

std::optional<Conversation> find(ReadTx& tx, const ConversationId& id);
Conversation get(ReadTx& tx, const ConversationId& id);
std::vector<Conversation> find_all(ReadTx& tx, const std::vector<ConversationId>& ids);
// Reads for change, locking in id order; unknown ids are left out.
std::vector<Conversation> lock_all(WriteTx& tx, const std::vector<ConversationId>& ids);

void insert(WriteTx& tx, const Conversation& conversation);
// Stores priority, AI switch, entrySeq and updatedAt.
void save_entry(WriteTx& tx, const Conversation& conversation);
// The agent is nobody's own agent any more (R93); at most `limit` rows, whose number is returned.
std::int64_t forget_agent(WriteTx& tx, const AgentId& agent, std::int64_t limit);

}  // namespace etapa::conversations
