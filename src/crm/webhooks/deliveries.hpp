#pragma once
// The table of deliveries.

#include "crm/webhooks/delivery.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::deliveries {

// Deliveries that go one after the other, to the same receiver.
struct Lane {
    DeliverySource source = DeliverySource::endpoint;
    std::string source_id;
    std::string lane;

    static consteval auto fields() {
        return describe(field("source", &Lane::source, "Kind of the receiver."),
                        field("sourceId", &Lane::source_id, "Webhook, step or agent."),
                        field("lane", &Lane::lane, "Conversation, or whatever else is told about."));
    }
};

// Stores a new one; the id and the time are set here, the id behind those of all others. Nothing is sent: see
// flow/deliver.hpp.
Delivery insert(WriteTx& tx, Delivery delivery);
std::optional<Delivery> find(ReadTx& tx, const DeliveryId& id);
// The one that tells this webhook about this; empty when there is none.
std::optional<Delivery> find_of(ReadTx& tx, std::string_view source_id, std::string_view webhook_id);
void save(WriteTx& tx, const Delivery& delivery);

// Newest first, older than `before` if that is given.
std::vector<Delivery> page(ReadTx& tx, std::string_view source_id, const std::optional<DeliveryId>& before,
                           std::int64_t limit);

// The oldest that waits in a lane.
std::optional<Delivery> head(ReadTx& tx, const Lane& lane);
// Lanes after `lane` of a source in which something waits, in order.
std::vector<std::string> lanes(ReadTx& tx, std::string_view source_id, std::string_view after, std::int64_t limit);

// Gives up what waits in a lane.
void fail_lane(WriteTx& tx, const Lane& lane);
// Gives up what waits at a source and is older than `before`; at most `limit`.
void fail_older(WriteTx& tx, std::string_view source_id, Time before, std::int64_t limit);
// Removes up to `limit`: all of a source, or what does not wait and is older than `before`. The number of rows.
std::int64_t erase(WriteTx& tx, std::string_view source_id, std::int64_t limit);
std::int64_t erase_older(WriteTx& tx, Time before, std::int64_t limit);

// Removes up to `limit` deliveries about a conversation, whoever they are for, but neither those that are being sent
// now nor the news of its deletion. How many it were.
std::int64_t erase_of_lane(WriteTx& tx, std::string_view lane, std::int64_t limit);
// Whether somebody is being told about the conversation right now.
bool any_under_way(ReadTx& tx, std::string_view lane);

}  // namespace etapa::deliveries
