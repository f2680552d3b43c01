#include "crm/events/retention.hpp"

#include <limits>
#include <tuple>

namespace etapa::events {
namespace {

using Place = std::tuple<std::int64_t, std::int64_t>;

// Behind the last event that all of the organization's webhooks were asked to tell. In a new epoch they begin with
// catching up, so nothing is erased before that.
Place told(ReadTx& tx) {
    constexpr auto all = std::numeric_limits<std::int64_t>::max();
    const auto cursor = tx.first<std::tuple<std::int64_t, std::int64_t, std::int64_t>>(
        "SELECT epoch, transaction_id, sequence FROM webhook_cursor WHERE organization_id = $1", tx.organization());
    if (!cursor) return {all, all};
    const auto& [cursor_epoch, transaction, sequence] = *cursor;
    return cursor_epoch == epoch(tx) ? Place(transaction, sequence) : Place(-1, -1);
}

struct Batch {
    std::int64_t events = 0;
    Place last{0, 0};
};

// The oldest events, as far as they may go.
Batch expired(ReadTx& tx, Time before, std::int64_t limit) {
    const auto oldest = tx.all<std::tuple<std::int64_t, std::int64_t, Time>>(
        "SELECT transaction_id, sequence, created_at FROM event WHERE organization_id = $1"
        " AND transaction_id < {oldest_running} ORDER BY transaction_id, sequence LIMIT $2",
        tx.organization(), limit + 1);
    Batch batch;
    if (oldest.empty() || std::get<Time>(oldest.front()) >= before) return batch;
    const Place end = told(tx);
    for (const auto& [transaction, sequence, created_at] : oldest) {
        const bool is_latest_read = batch.events + 1 == std::ssize(oldest);
        if (is_latest_read || created_at >= before || Place(transaction, sequence) > end) break;
        ++batch.events;
        batch.last = {transaction, sequence};
    }
    return batch;
}

}  // namespace

std::int64_t erase_older(WriteTx& tx, Time before, std::int64_t limit) {
    if (expired(tx, before, 1).events == 0) return 0;
    // Several nodes erase one after the other, so that the horizon never moves back.
    tx.defer(
        "INSERT INTO event_horizon (organization_id, epoch, transaction_id, sequence) VALUES ($1, 0, 0, 0)"
        " ON CONFLICT (organization_id) DO NOTHING",
        tx.organization());
    tx.first<std::int64_t>("SELECT epoch FROM event_horizon WHERE organization_id = $1 {for_update}",
                           tx.organization());
    const auto batch = expired(tx, before, limit);
    if (batch.events == 0) return 0;
    const auto& [transaction, sequence] = batch.last;
    tx.defer("UPDATE event_horizon SET epoch = $2, transaction_id = $3, sequence = $4 WHERE organization_id = $1",
             tx.organization(), epoch(tx), transaction, sequence);
    return tx.run("DELETE FROM event WHERE organization_id = $1 AND transaction_id < $2", tx.organization(),
                  transaction) +
           tx.run("DELETE FROM event WHERE organization_id = $1 AND transaction_id = $2 AND sequence <= $3",
                  tx.organization(), transaction, sequence);
}

bool is_erased(ReadTx& tx, const Position& position) {
    const auto horizon =
        tx.first<Place>("SELECT transaction_id, sequence FROM event_horizon WHERE organization_id = $1 AND epoch = $2",
                        tx.organization(), position.epoch);
    return horizon && Place(position.transaction, position.sequence) < *horizon;
}

}  // namespace etapa::events
