#include "crm/webhooks/store.hpp"

#include "base/problem.hpp"
#include "base/ranges.hpp"
#include "crm/events/store.hpp"

namespace etapa {

bool Webhook::wants(std::string_view type) const {
    return !events || contains(*events, type, [](const Name& name) { return name.text(); });
}

namespace webhooks {
namespace {

using Place = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

std::optional<events::Position> position_from(ReadTx& tx, const std::optional<Place>& place) {
    if (!place) return std::nullopt;
    const auto& [epoch, transaction, sequence] = *place;
    const auto current = events::epoch(tx);
    // In a new epoch all events from before it stand in the order of their sequence.
    return events::Position{.epoch = current, .transaction = epoch == current ? transaction : 0, .sequence = sequence};
}

}  // namespace

std::vector<Webhook> list(ReadTx& tx) {
    return tx.all<Webhook>("SELECT {columns} FROM webhook WHERE organization_id = $1 ORDER BY created_at, id",
                           tx.organization());
}

std::optional<Webhook> find(ReadTx& tx, const WebhookId& id) {
    return tx.first<Webhook>("SELECT {columns} FROM webhook WHERE organization_id = $1 AND id = $2", tx.organization(),
                             id);
}

Webhook get(ReadTx& tx, const WebhookId& id) {
    if (auto webhook = find(tx, id)) return *std::move(webhook);
    throw not_found("webhook", id.value);
}

Webhook lock(WriteTx& tx, const WebhookId& id) {
    auto webhook = tx.first<Webhook>(
        "SELECT {columns} FROM webhook WHERE organization_id = $1 AND id = $2 {for_update}", tx.organization(), id);
    if (!webhook) throw not_found("webhook", id.value);
    return *std::move(webhook);
}

void insert(WriteTx& tx, const Webhook& webhook) { tx.insert("webhook", webhook); }

void save(WriteTx& tx, const Webhook& webhook) { tx.update("webhook", webhook); }

void erase(WriteTx& tx, const WebhookId& id) {
    tx.defer("DELETE FROM webhook WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

void follow_events(WriteTx& tx) {
    const auto position = events::latest(tx);
    tx.defer(
        "INSERT INTO webhook_cursor (organization_id, epoch, transaction_id, sequence) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (organization_id) DO NOTHING",
        tx.organization(), position.epoch, position.transaction, position.sequence);
}

std::optional<events::Position> lock_position(WriteTx& tx) {
    return position_from(
        tx, tx.first<Place>(
                "SELECT epoch, transaction_id, sequence FROM webhook_cursor WHERE organization_id = $1 {for_update}",
                tx.organization()));
}

bool is_behind(ReadTx& tx, Time time) {
    const auto position = position_from(
        tx, tx.first<Place>("SELECT epoch, transaction_id, sequence FROM webhook_cursor WHERE organization_id = $1",
                            tx.organization()));
    if (!position) return false;
    const auto next = events::after(tx, *position, 1);
    return !next.empty() && next.front().created_at <= time;
}

void save_position(WriteTx& tx, const events::Position& position) {
    tx.defer("UPDATE webhook_cursor SET epoch = $2, transaction_id = $3, sequence = $4 WHERE organization_id = $1",
             tx.organization(), position.epoch, position.transaction, position.sequence);
}

std::vector<OrganizationId> organizations_behind(ReadTx& tx) {
    return tx.all<OrganizationId>(
        "SELECT organization_id FROM webhook_cursor AS reader WHERE EXISTS (SELECT 1 FROM event"
        " WHERE event.organization_id = reader.organization_id AND event.transaction_id = reader.transaction_id"
        " AND event.sequence > reader.sequence AND event.transaction_id < {oldest_running})"
        " OR EXISTS (SELECT 1 FROM event WHERE event.organization_id = reader.organization_id"
        " AND event.transaction_id > reader.transaction_id AND event.transaction_id < {oldest_running})"
        " OR reader.epoch <> (SELECT epoch FROM installation) ORDER BY organization_id");
}

// Transactions are numbered in about the order of time, so halving finds the first one: few rows are read of however
// many there are.
events::Position position_before(ReadTx& tx, Time time) {
    const auto newest = events::latest(tx);
    events::Position before{.epoch = newest.epoch};
    const bool by_transaction = newest.transaction > 0;
    std::int64_t low = 0;
    std::int64_t high = (by_transaction ? newest.transaction : newest.sequence) + 1;
    while (high - low > 1) {
        const std::int64_t middle = low + (high - low) / 2;
        events::Position just_before{.epoch = newest.epoch, .transaction = middle};
        if (!by_transaction) just_before.transaction = 0, just_before.sequence = middle - 1;
        const auto known = events::after(tx, just_before, 1);
        const bool is_early = !known.empty() && known.front().created_at < time;
        if (is_early) before.transaction = known.front().transaction_id, before.sequence = known.front().sequence;
        is_early ? low = by_transaction ? before.transaction : before.sequence : high = middle;
    }
    return before;
}

}  // namespace webhooks
}  // namespace etapa
