#pragma once
// The table of conversation variables.

#include "crm/variables/variable.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace etapa::variables {

// The variables of these conversations, oldest first within each.
std::vector<ConversationVariable> of(ReadTx& tx, const std::vector<ConversationId>& conversations);
std::optional<ConversationVariable> find(ReadTx& tx, const ConversationId& conversation, std::string_view name);

// Stores the variable, whether it is new or known.
void save(WriteTx& tx, const ConversationVariable& variable);
void remove(WriteTx& tx, const ConversationVariable& variable);

}  // namespace etapa::variables
