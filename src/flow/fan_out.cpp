#include "flow/fan_out.hpp"

#include "crm/events/shown.hpp"
#include "crm/events/store.hpp"
#include "crm/webhooks/store.hpp"
#include "flow/deliver.hpp"
#include "flow/notify_agent.hpp"

namespace etapa::flow {
namespace {

constexpr std::int64_t batch_events_max = 100;
// Events stand in the order of their transactions. Those of several nodes, or of one that took long, are dated in
// another order: by less than this.
constexpr Duration disorder_max = seconds(60);

// What an endpoint receives.
struct Envelope {
    std::string type;
    Time timestamp;
    events::ShownEvent data;

    static consteval auto fields() {
        return describe(field("type", &Envelope::type, "What happened."),
                        field("timestamp", &Envelope::timestamp, "When it happened."),
                        field("data", &Envelope::data, "The event."));
    }
};

// An endpoint is not told about itself, nor about what happened before it was made.
bool hears(const Webhook& webhook, const Event& event) {
    return webhook.state != WebhookState::disabled && webhook.wants(event.kind) &&
           event.subject_id != webhook.id.value && event.created_at >= webhook.created_at;
}

Delivery delivery_of(const Webhook& webhook, const Event& event) {
    const auto shown = events::shown(event);
    Delivery delivery;
    delivery.source = DeliverySource::endpoint;
    delivery.source_id = webhook.id.value;
    delivery.lane = shown.lane();
    delivery.webhook_id = "msg_" + std::to_string(event.sequence);
    delivery.kind = event.kind;
    delivery.payload = {json::to_text(Envelope{event.kind, event.created_at, shown})};
    return delivery;
}

struct Replay {
    WebhookId webhook_id;
    std::string position;
    Time from;
    Time to;

    static consteval auto fields() {
        return describe(field("webhookId", &Replay::webhook_id, "The webhook."),
                        field("position", &Replay::position, "Behind the last event that was told."),
                        field("from", &Replay::from, "The beginning of the time that is told."),
                        field("to", &Replay::to, "The end of the time that is told."));
    }
};

void schedule_replay(WriteTx& tx, const std::string& key, const Replay& progress) {
    jobs::schedule(tx, replay_job, key, tx.now(), {json::to_text(progress)});
}

void tell_again(WriteTx& tx, const Webhook& webhook, const Event& event) {
    auto delivery = delivery_of(webhook, event);
    if (auto known = deliveries::find_of(tx, webhook.id.value, delivery.webhook_id)) {
        resend(tx, *std::move(known), webhook);
    } else {
        deliver(tx, std::move(delivery), webhook.url.value);
    }
}

}  // namespace

std::vector<OrganizationId> behind(ReadTx& tx) { return webhooks::organizations_behind(tx); }

bool fan_out(WriteTx& tx) {
    const auto position = webhooks::lock_position(tx);
    if (!position) return false;
    const auto events = events::after(tx, *position, batch_events_max);
    if (events.empty()) return webhooks::save_position(tx, *position), false;
    const auto all = webhooks::list(tx);
    AgentNotices notices(tx);
    for (const auto& event : events) {
        for (const auto& webhook : all) {
            if (hears(webhook, event)) deliver(tx, delivery_of(webhook, event), webhook.url.value);
        }
        notices.tell(event);
    }
    webhooks::save_position(tx, events::position_of(events.back(), position->epoch));
    return std::ssize(events) == batch_events_max;
}

void ask_to_replay(WriteTx& tx, const WebhookId& webhook, Time from, Time to) {
    const auto key = "webhook.replay:" + webhook.value + ':' + tx.new_id<JobId>().value;
    schedule_replay(tx, key, {webhook, webhooks::position_before(tx, from - disorder_max).text(), from, to});
}

void replay(WriteTx& tx, const Job& job) {
    auto progress = db::from_json_text<Replay>(job.payload.value);
    webhooks::lock_position(tx);  // for the same reason as in catch_up
    const auto webhook = webhooks::find(tx, progress.webhook_id);
    if (!webhook || webhook->state == WebhookState::disabled) return;
    const auto position = events::Position::parse(progress.position);
    ensure(position.has_value(), "a replay goes on where it stopped");
    const auto events = events::after(tx, *position, batch_events_max);
    for (const auto& event : events) {
        const bool in_time = event.created_at >= progress.from && event.created_at <= progress.to;
        if (in_time && webhook->wants(event.kind) && event.subject_id != webhook->id.value) {
            tell_again(tx, *webhook, event);
        }
    }
    const bool is_over = std::ssize(events) < batch_events_max || events.back().created_at > progress.to + disorder_max;
    if (is_over) return;
    progress.position = events::position_of(events.back(), position->epoch).text();
    schedule_replay(tx, job.key, progress);
}

}  // namespace etapa::flow
