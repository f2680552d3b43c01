#include "crm/idempotency/store.hpp"

namespace etapa::idempotency {
namespace {

// More than one, so that the table shrinks again after a busy day; few, because somebody waits for this transaction.
constexpr std::int64_t removed_at_once = 4;

void forget_old(WriteTx& tx, std::string_view key) {
    const Time old = tx.now() - kept;
    tx.defer("DELETE FROM idempotency WHERE organization_id = $1 AND key = $2 AND created_at <= $3", tx.organization(),
             key, old);
    tx.defer(
        "DELETE FROM idempotency WHERE organization_id = $1 AND key IN (SELECT key FROM idempotency"
        " WHERE organization_id = $1 AND created_at <= $2 ORDER BY created_at LIMIT $3 {skip_locked})",
        tx.organization(), old, removed_at_once);
}

}  // namespace

std::optional<IdempotencyRecord> claim(WriteTx& tx, std::string_view key, std::string_view request_hash) {
    forget_old(tx, key);
    const auto claimed = tx.run(
        "INSERT INTO idempotency (organization_id, key, request_hash, status, body, created_at)"
        " VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (organization_id, key) DO NOTHING",
        tx.organization(), key, request_hash, tx.now());
    if (claimed == 1) return {};
    return find(tx, key);
}

std::optional<IdempotencyRecord> find(ReadTx& tx, std::string_view key) {
    return tx.first<IdempotencyRecord>("SELECT {columns} FROM idempotency WHERE organization_id = $1 AND key = $2",
                                       tx.organization(), key);
}

std::int64_t erase_old(WriteTx& tx, std::int64_t limit) {
    return tx.run(
        "DELETE FROM idempotency WHERE organization_id = $1 AND key IN (SELECT key FROM idempotency"
        " WHERE organization_id = $1 AND created_at <= $2 ORDER BY created_at LIMIT $3 {skip_locked})",
        tx.organization(), tx.now() - kept, limit);
}

void give_back(WriteTx& tx, std::string_view key) {
    tx.defer("DELETE FROM idempotency WHERE organization_id = $1 AND key = $2", tx.organization(), key);
}

void complete(WriteTx& tx, std::string_view key, const IdempotencyRecord& answer) {
    tx.defer(
        "UPDATE idempotency SET status = $3, content_type = $4, body = $5, settles_until = $6"
        " WHERE organization_id = $1 AND key = $2 AND request_hash = $7",
        tx.organization(), key, answer.status, answer.content_type, answer.body, answer.settles_until,
        answer.request_hash);
}

}  // namespace etapa::idempotency
