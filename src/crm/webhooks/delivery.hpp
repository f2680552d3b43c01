#pragma once
// A delivery is one thing that is told to one receiver: an event to a webhook of the organization, an entry to the
// webhook of a step, a notice to that of an agent. It stays after it was delivered, with what the receiver answered.
//
// Deliveries of one source and one lane (a conversation) go one after the other; a job `webhook.deliver` exists for
// each lane in which one waits.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa {

using DeliveryId = Id<struct Delivery>;

enum class DeliverySource : std::uint8_t { endpoint, step, agent };
constexpr auto names(DeliverySource) { return std::to_array<std::string_view>({"endpoint", "step", "agent"}); }

enum class DeliveryStatus : std::uint8_t { pending, delivered, failed };
constexpr auto names(DeliveryStatus) { return std::to_array<std::string_view>({"pending", "delivered", "failed"}); }

struct DeliveryAttempt {
    Time at;
    std::int64_t milliseconds = 0;
    std::optional<std::int64_t> status;
    std::optional<std::string> error;
    std::optional<std::string> answer;

    static constexpr std::string_view schema_name = "DeliveryAttempt";
    static consteval auto fields() {
        return describe(field("at", &DeliveryAttempt::at, "When it began."),
                        field("milliseconds", &DeliveryAttempt::milliseconds, "How long it took."),
                        field("status", &DeliveryAttempt::status, "Status of the answer; null: there was none."),
                        field("error", &DeliveryAttempt::error, "Why it failed."),
                        field("answer", &DeliveryAttempt::answer, "How the answer began."));
    }
};

struct Delivery {
    DeliveryId id;
    OrganizationId organization_id;
    DeliverySource source = DeliverySource::endpoint;
    std::string source_id;
    std::string lane;
    std::string webhook_id;
    std::string kind;
    std::optional<std::string> address;
    std::optional<JsonObject> headers;
    JsonObject payload;
    std::optional<StayId> stay_id;
    DeliveryStatus state = DeliveryStatus::pending;
    std::int64_t failed_attempts = 0;
    std::vector<DeliveryAttempt> attempts;
    Time created_at;
    std::optional<Time> delivered_at;

    static constexpr std::string_view schema_name = "Delivery";
    static consteval auto fields() {
        return describe(
            field("id", &Delivery::id, "Identity of the delivery."),
            field("organizationId", &Delivery::organization_id, "Organization.", internal),
            field("source", &Delivery::source, "Kind of the receiver.", internal),
            field("sourceId", &Delivery::source_id, "Webhook, step or agent whose receiver it is.", internal),
            field("lane", &Delivery::lane, "Deliveries of one lane go one after the other.", internal),
            field("webhookId", &Delivery::webhook_id, "The header webhook-id, the same at every attempt."),
            field("type", &Delivery::kind, "What is told.", column("kind")),
            field("address", &Delivery::address, "Address, where it is not the webhook's own.", internal),
            field("headers", &Delivery::headers, "Further headers.", internal),
            field("payload", &Delivery::payload, "What is sent."),
            field("stayId", &Delivery::stay_id, "The stay that it tells about.", internal),
            field("state", &Delivery::state, "pending, delivered, or failed for good."),
            field("failedAttempts", &Delivery::failed_attempts, "Attempts that count for the schedule."),
            field("attempts", &Delivery::attempts, "The latest attempts, oldest first; at most 20."),
            field("createdAt", &Delivery::created_at, "When it was stored, or last asked for again."),
            field("deliveredAt", &Delivery::delivered_at, "When the receiver took it."));
    }
};

}  // namespace etapa
