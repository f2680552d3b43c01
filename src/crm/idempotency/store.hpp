#pragma once
// The table of answers given under an Idempotency-Key. Each is kept for 24 hours.

#include "crm/idempotency/record.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string_view>

namespace etapa::idempotency {

inline constexpr Duration kept = seconds(24 * 3'600);

// Takes the key for this request. A transaction that took it before and has not ended yet is waited for. Returns what
// is recorded under the key already; empty when it was free, and now belongs to this transaction.
std::optional<IdempotencyRecord> claim(WriteTx& tx, std::string_view key, std::string_view request_hash);

// What is recorded under the key.
std::optional<IdempotencyRecord> find(ReadTx& tx, std::string_view key);

// Erases at most `limit` records that are no longer kept, and returns how many.
std::int64_t erase_old(WriteTx& tx, std::int64_t limit);

// Frees a key that this transaction has claimed: there is no answer.
void give_back(WriteTx& tx, std::string_view key);

// Records the answer under a key that the same request has claimed; again when more is known.
void complete(WriteTx& tx, std::string_view key, const IdempotencyRecord& answer);

}  // namespace etapa::idempotency
