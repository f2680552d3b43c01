#pragma once
// Ids that keep an order which is not the clock's: rows that are read in the order of their ids, such as the messages
// of a conversation, are made by several nodes, and by servers whose clock was set back before they started.

#include "db/tx.hpp"

#include <string>
#include <string_view>

namespace etapa {

// An id that sorts behind `last`, unless that is empty or was made by another program.
std::string id_behind(WriteTx& tx, std::string_view last);

}  // namespace etapa
