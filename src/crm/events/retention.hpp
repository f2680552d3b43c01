#pragma once
// The end of the log of events that is erased because of its age, and how readers learn that something is gone.

#include "crm/events/store.hpp"

namespace etapa::events {

// Erases at most `limit` of the caller's events that happened before then, the oldest first, and returns how many.
// Events that webhooks still have to be told stay, and so does the latest: its number is never given out again.
std::int64_t erase_older(WriteTx& tx, Time before, std::int64_t limit);

// Whether events behind this position of the current epoch have been erased.
bool is_erased(ReadTx& tx, const Position& position);

}  // namespace etapa::events
