#include "crm/webhooks/deliveries.hpp"

#include "crm/order.hpp"

#include <optional>

namespace etapa::deliveries {
namespace {

// The newest id, as far as the transaction knows; asked for once.
struct Newest {
    std::optional<std::string> id;

    void flush(WriteTx& /*tx*/) {}
};

std::string newest(ReadTx& tx) {
    const auto id = tx.first<DeliveryId>("SELECT id FROM delivery WHERE organization_id = $1 ORDER BY id DESC LIMIT 1",
                                         tx.organization());
    return id ? id->value : std::string();
}

}  // namespace

Delivery insert(WriteTx& tx, Delivery delivery) {
    auto& last = tx.scratch<Newest>().id;
    if (!last) last = newest(tx);
    delivery.id = {id_behind(tx, *last)};
    last = delivery.id.value;
    delivery.organization_id = tx.organization();
    delivery.created_at = tx.now();
    tx.insert("delivery", delivery);
    return delivery;
}

std::optional<Delivery> find(ReadTx& tx, const DeliveryId& id) {
    return tx.first<Delivery>("SELECT {columns} FROM delivery WHERE organization_id = $1 AND id = $2",
                              tx.organization(), id);
}

std::optional<Delivery> find_of(ReadTx& tx, std::string_view source_id, std::string_view webhook_id) {
    return tx.first<Delivery>(
        "SELECT {columns} FROM delivery WHERE organization_id = $1 AND source_id = $2 AND webhook_id = $3 ORDER BY id"
        " LIMIT 1",
        tx.organization(), source_id, webhook_id);
}

void save(WriteTx& tx, const Delivery& delivery) { tx.update("delivery", delivery); }

std::vector<Delivery> page(ReadTx& tx, std::string_view source_id, const std::optional<DeliveryId>& before,
                           std::int64_t limit) {
    Query query("SELECT {columns} FROM delivery WHERE organization_id = ");
    query.add("", tx.organization())
        .add(" AND source_id = ", source_id)
        .add_if(" AND id < ", before)
        .add(" ORDER BY id DESC LIMIT ", limit);
    return tx.all<Delivery>(query);
}

std::optional<Delivery> head(ReadTx& tx, const Lane& lane) {
    return tx.first<Delivery>(
        "SELECT {columns} FROM delivery WHERE organization_id = $1 AND source_id = $2 AND lane = $3"
        " AND state = 'pending' ORDER BY id LIMIT 1",
        tx.organization(), lane.source_id, lane.lane);
}

std::vector<std::string> lanes(ReadTx& tx, std::string_view source_id, std::string_view after, std::int64_t limit) {
    return tx.all<std::string>(
        "SELECT DISTINCT lane FROM delivery WHERE organization_id = $1 AND source_id = $2 AND lane > $3"
        " AND state = 'pending' ORDER BY lane LIMIT $4",
        tx.organization(), source_id, after, limit);
}

void fail_lane(WriteTx& tx, const Lane& lane) {
    tx.defer(
        "UPDATE delivery SET state = 'failed' WHERE organization_id = $1 AND source_id = $2 AND lane = $3"
        " AND state = 'pending'",
        tx.organization(), lane.source_id, lane.lane);
}

void fail_older(WriteTx& tx, std::string_view source_id, Time before, std::int64_t limit) {
    tx.defer(
        "UPDATE delivery SET state = 'failed' WHERE organization_id = $1 AND id IN (SELECT id FROM delivery"
        " WHERE organization_id = $1 AND source_id = $2 AND state = 'pending' AND created_at < $3 LIMIT $4)",
        tx.organization(), source_id, before, limit);
}

std::int64_t erase(WriteTx& tx, std::string_view source_id, std::int64_t limit) {
    return tx.run(
        "DELETE FROM delivery WHERE organization_id = $1 AND id IN (SELECT id FROM delivery"
        " WHERE organization_id = $1 AND source_id = $2 ORDER BY id LIMIT $3)",
        tx.organization(), source_id, limit);
}

std::int64_t erase_older(WriteTx& tx, Time before, std::int64_t limit) {
    return tx.run(
        "DELETE FROM delivery WHERE organization_id = $1 AND id IN (SELECT id FROM delivery"
        " WHERE organization_id = $1 AND created_at < $2 AND state <> 'pending' ORDER BY created_at LIMIT $3)",
        tx.organization(), before, limit);
}

std::int64_t erase_of_lane(WriteTx& tx, std::string_view lane, std::int64_t limit) {
    return tx.run(
        "DELETE FROM delivery WHERE organization_id = $1 AND id IN (SELECT d.id FROM delivery d"
        " WHERE d.organization_id = $1 AND d.lane = $2"
        " AND NOT (d.state = 'pending' AND d.kind = 'conversation.deleted')"
        " AND NOT (d.state = 'pending' AND EXISTS (SELECT 1 FROM job WHERE job.organization_id = $1"
        " AND job.key = 'webhook:' || d.source_id || ':' || d.lane AND job.leased_by IS NOT NULL))"
        " ORDER BY d.id LIMIT $3)",
        tx.organization(), lane, limit);
}

bool any_under_way(ReadTx& tx, std::string_view lane) {
    return tx
        .first<DeliveryId>(
            "SELECT d.id FROM delivery d WHERE d.organization_id = $1 AND d.lane = $2 AND d.state = 'pending'"
            " AND EXISTS (SELECT 1 FROM job WHERE job.organization_id = $1"
            " AND job.key = 'webhook:' || d.source_id || ':' || d.lane AND job.leased_by IS NOT NULL) LIMIT 1",
            tx.organization(), lane)
        .has_value();
}

}  // namespace etapa::deliveries
