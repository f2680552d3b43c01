#pragma once
// The table of conversation variables.

#include "crm/variables/variable.hpp"
#include "db/tx.hpp"

#include <vector>

namespace etapa::variables {

// The variables of these conversations, oldest first within each.
std::vector<ConversationVariable> of(ReadTx& tx, const std::vector<ConversationId>& conversations);

}  // namespace etapa::variables
