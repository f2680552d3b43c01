#include "flow/deliver.hpp"

#include "crm/agents/store.hpp"
#include "crm/events/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"
#include "crm/webhooks/store.hpp"
#include "flow/notify_agent.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace etapa::flow {
namespace {

using deliveries::Lane;
using Kind = jobs::Settlement::Kind;

constexpr std::size_t attempts_kept_max = 20;
constexpr Duration probe_every = seconds(300);
constexpr Duration retry_after_max = seconds(24 * 3'600);
constexpr std::int64_t probed_lanes_max = 8;
constexpr std::int64_t lanes_max = 200;
constexpr std::int64_t rows_max = 500;

Lane lane_of(const Delivery& delivery) { return {delivery.source, delivery.source_id, delivery.lane}; }

void wake_lane(WriteTx& tx, const Lane& lane, const std::string& url, jobs::Known known) {
    const std::string key = "webhook:" + lane.source_id + ':' + lane.lane;
    const std::string host = Url{url}.host();
    jobs::schedule_outside(tx, {deliver_job, key, host, tx.now(), {json::to_text(lane)}}, known);
}

bool may_send(const Webhook& webhook, const Lane& lane) {
    return webhook.state == WebhookState::active || lane.lane.starts_with(test_lane);
}

std::optional<Webhook> endpoint_of(ReadTx& tx, const Lane& lane) {
    if (lane.source != DeliverySource::endpoint) return std::nullopt;
    return webhooks::find(tx, WebhookId{lane.source_id});
}

// Where the step or the agent wants to be told now, which may have been mended since (API fact 13.1); empty when it
// does no more. What a deleted one wanted told goes where it was to go then (R89).
std::optional<Receiver> present_receiver(ReadTx& tx, const Delivery& delivery) {
    if (delivery.source == DeliverySource::agent) {
        if (const auto agent = agents::find(tx, AgentId{delivery.source_id})) return receiver_of(*agent);
    } else if (const auto step = steps::find(tx, StepId{delivery.source_id})) {
        if (!step->webhook_url) return std::nullopt;
        return Receiver{step->webhook_url->value, step->webhook_header};
    }
    return Receiver{delivery.address.value_or(""), delivery.headers};
}

void change_state(WriteTx& tx, Webhook& webhook, WebhookState state, std::optional<std::string> reason) {
    const Webhook before = webhook;
    webhook.state = state;
    webhook.state_reason = std::move(reason);
    if (state == WebhookState::active) webhook.failures = 0;
    webhook.updated_at = tx.now();
    events::publish_changed(tx, "webhook." + std::string(state == WebhookState::active ? "resumed" : name_of(state)),
                            before, webhook);
}

void pause(WriteTx& tx, Webhook& webhook) {
    change_state(tx, webhook, WebhookState::paused, "Attempts failed again and again.");
    jobs::schedule_outside(tx,
                           {probe_job,
                            "webhook.probe:" + webhook.id.value,
                            webhook.url.host(),
                            tx.now() + with_jitter(probe_every, tx.random()),
                            {json::to_text(webhook.id)}},
                           jobs::Known::hurried);
}

void disable(WriteTx& tx, Webhook& webhook) {
    change_state(tx, webhook, WebhookState::disabled, "The receiver answered 410: it wants no more.");
    ask_to_catch_up(tx, DeliverySource::endpoint, webhook.id.value);
}

void resume(WriteTx& tx, Webhook& webhook) {
    change_state(tx, webhook, WebhookState::active, std::nullopt);
    ask_to_catch_up(tx, DeliverySource::endpoint, webhook.id.value);
}

// What an attempt says about an endpoint.
void judge_endpoint(WriteTx& tx, const WebhookId& id, Reception::Result result) {
    const bool taken = result == Reception::Result::taken;
    const auto known = webhooks::find(tx, id);
    if (!known || (taken && known->failures == 0 && known->state == WebhookState::active)) return;
    Webhook webhook = webhooks::lock(tx, id);
    webhook.failures = taken ? 0 : webhook.failures + 1;
    if (taken && webhook.state == WebhookState::paused) resume(tx, webhook);
    if (result == Reception::Result::gone && webhook.state != WebhookState::disabled) disable(tx, webhook);
    if (!taken && webhook.failures >= failures_max && webhook.state == WebhookState::active) pause(tx, webhook);
    webhooks::save(tx, webhook);
}

// The wait, or a longer one that the receiver asked for.
Duration at_least(Duration wait, const Reception& reception) {
    return std::max(wait, std::min(reception.retry_after.value_or(Duration{}), retry_after_max));
}

// Whether it went to where it should not go any more. Whoever changed that could not wake the lane meanwhile.
bool is_outdated(ReadTx& tx, const Parcel& parcel) {
    const auto next = next_parcel(tx, lane_of(parcel.delivery));
    return next && (next->url != parcel.url || next->delivery.headers != parcel.delivery.headers);
}

void keep_attempt(Delivery& delivery, const DeliveryAttempt& attempt) {
    delivery.attempts.push_back(attempt);
    if (delivery.attempts.size() > attempts_kept_max) delivery.attempts.erase(delivery.attempts.begin());
}

// Something that a step asked for failed for good: the history says so (R101).
void record_failure(WriteTx& tx, const Delivery& delivery, const std::string& reason) {
    if (!delivery.stay_id) return;
    auto row = stays::find(tx, *delivery.stay_id);
    if (!row) return;
    row->id = tx.new_id<StayId>();
    row->status = StayStatus::error;
    row->detail = "The webhook was not delivered: " + reason;
    row->decision.reset();
    row->created_at = row->updated_at = tx.now();
    row->ended_at = tx.now();
    stays::append(tx, *row);
}

void give_up(WriteTx& tx, Delivery& delivery, const std::string& reason) {
    delivery.state = DeliveryStatus::failed;
    deliveries::save(tx, delivery);
    record_failure(tx, delivery, reason);
}

void take(WriteTx& tx, Delivery& delivery) {
    delivery.state = DeliveryStatus::delivered;
    delivery.delivered_at = tx.now();
    deliveries::save(tx, delivery);
}

// What waits when a paused endpoint has not been reached for as long as the whole schedule takes.
void forget_old(WriteTx& tx, const WebhookId& webhook, const Retries& retries) {
    deliveries::fail_older(tx, webhook.value, tx.now() - retries.span(), rows_max);
}

struct CatchUp {
    DeliverySource source = DeliverySource::endpoint;
    std::string source_id;
    std::string after;

    static consteval auto fields() {
        return describe(field("source", &CatchUp::source, "Kind of the source; it was not noted always."),
                        field("webhookId", &CatchUp::source_id, "Webhook, step or agent."),
                        field("after", &CatchUp::after, "The lane that was woken last."));
    }
};

void schedule_catch_up(WriteTx& tx, const CatchUp& progress) {
    jobs::schedule(tx, catch_up_job, "webhook.catch_up:" + progress.source_id, tx.now(), {json::to_text(progress)});
}

}  // namespace

Delivery deliver(WriteTx& tx, Delivery delivery, const std::string& url) {
    delivery = deliveries::insert(tx, std::move(delivery));
    const Lane lane = lane_of(delivery);
    const auto endpoint = endpoint_of(tx, lane);
    if (!endpoint || may_send(*endpoint, lane)) wake_lane(tx, lane, url, jobs::Known::kept);
    return delivery;
}

Delivery resend(WriteTx& tx, Delivery delivery, const Webhook& webhook) {
    delivery.state = DeliveryStatus::pending;
    delivery.failed_attempts = 0;
    delivery.delivered_at.reset();
    delivery.created_at = tx.now();  // how long it waits counts anew (forget_old)
    deliveries::save(tx, delivery);
    const Lane lane = lane_of(delivery);
    if (may_send(webhook, lane)) wake_lane(tx, lane, webhook.url.value, jobs::Known::hurried);
    return delivery;
}

std::optional<Parcel> next_parcel(ReadTx& tx, const Lane& lane) {
    auto delivery = deliveries::head(tx, lane);
    if (!delivery) return std::nullopt;
    if (lane.source != DeliverySource::endpoint) {
        const auto receiver = present_receiver(tx, *delivery);
        if (!receiver) return std::nullopt;
        delivery->headers = receiver->headers;
        return Parcel{*std::move(delivery), receiver->url, {}};
    }
    const auto webhook = endpoint_of(tx, lane);
    if (!webhook || !may_send(*webhook, lane)) return std::nullopt;
    return Parcel{*std::move(delivery), webhook->url.value, webhook->secret};
}

std::optional<Parcel> next_probe(ReadTx& tx, const WebhookId& id, std::int64_t turn) {
    const auto webhook = webhooks::find(tx, id);
    if (!webhook || webhook->state != WebhookState::paused) return std::nullopt;
    const auto lanes = deliveries::lanes(tx, id.value, "", probed_lanes_max);
    if (lanes.empty()) return std::nullopt;
    const auto& lane = lanes[static_cast<std::size_t>(turn) % lanes.size()];
    auto delivery = deliveries::head(tx, {DeliverySource::endpoint, id.value, lane});
    if (!delivery) return std::nullopt;
    return Parcel{*std::move(delivery), webhook->url.value, webhook->secret};
}

jobs::Settlement settle_lane(WriteTx& tx, const Lane& lane) {
    const auto endpoint = endpoint_of(tx, lane);
    if (lane.source == DeliverySource::endpoint && !(endpoint && may_send(*endpoint, lane))) {
        const bool is_paused = endpoint && endpoint->state == WebhookState::paused;
        if (!is_paused) deliveries::fail_lane(tx, lane);
        return {};
    }
    jobs::Settlement settlement;
    const auto head = deliveries::head(tx, lane);
    if (!head) return settlement;
    if (lane.source != DeliverySource::endpoint && !present_receiver(tx, *head)) {
        deliveries::fail_lane(tx, lane);
        return settlement;
    }
    settlement.kind = Kind::again;
    settlement.again = tx.now();
    return settlement;
}

jobs::Settlement note_attempt(WriteTx& tx, const Parcel& parcel, const Reception& reception, const Retries& retries) {
    const Lane lane = lane_of(parcel.delivery);
    auto delivery = deliveries::find(tx, parcel.delivery.id);
    if (!delivery || delivery->state != DeliveryStatus::pending) return settle_lane(tx, lane);
    keep_attempt(*delivery, reception.attempt);
    if (lane.source == DeliverySource::endpoint) judge_endpoint(tx, WebhookId{lane.source_id}, reception.result);
    if (reception.result == Reception::Result::taken) {
        take(tx, *delivery);
        return settle_lane(tx, lane);
    }
    delivery->failed_attempts += 1;
    const auto wait = retries.after(delivery->failed_attempts, tx.random());
    if (!wait || reception.result == Reception::Result::gone) {
        give_up(tx, *delivery, reception.attempt.error.value_or("it was refused"));
        return settle_lane(tx, lane);
    }
    deliveries::save(tx, *delivery);
    jobs::Settlement settlement = settle_lane(tx, lane);
    if (settlement.kind != Kind::again) return settlement;
    settlement.again = is_outdated(tx, parcel) ? tx.now() : tx.now() + at_least(*wait, reception);
    settlement.attempts = delivery->failed_attempts;
    settlement.error = reception.attempt.error;
    return settlement;
}

jobs::Settlement note_probe(WriteTx& tx, const Parcel& parcel, const Reception& reception, const Retries& retries) {
    const WebhookId id{parcel.delivery.source_id};
    auto delivery = deliveries::find(tx, parcel.delivery.id);
    if (delivery && delivery->state == DeliveryStatus::pending) {
        keep_attempt(*delivery, reception.attempt);
        if (reception.result == Reception::Result::taken) {
            take(tx, *delivery);
        } else {
            deliveries::save(tx, *delivery);
        }
    }
    judge_endpoint(tx, id, reception.result);
    const auto webhook = webhooks::find(tx, id);
    if (!webhook || webhook->state != WebhookState::paused) return {};
    forget_old(tx, id, retries);
    jobs::Settlement settlement;
    settlement.kind = Kind::again;
    settlement.again = tx.now() + at_least(with_jitter(probe_every, tx.random()), reception);
    settlement.attempts = webhook->failures;
    settlement.error = reception.attempt.error;
    return settlement;
}

jobs::Settlement note_idle_probe(WriteTx& tx, const WebhookId& id) {
    if (!webhooks::find(tx, id)) return {};
    Webhook webhook = webhooks::lock(tx, id);
    if (webhook.state != WebhookState::paused) return {};
    resume(tx, webhook);
    webhooks::save(tx, webhook);
    return {};
}

jobs::Settlement abandon_head(WriteTx& tx, const Lane& lane) {
    if (auto delivery = deliveries::head(tx, lane)) give_up(tx, *delivery, "somebody gave it up");
    return settle_lane(tx, lane);
}

void ask_to_catch_up(WriteTx& tx, DeliverySource source, const std::string& id) {
    schedule_catch_up(tx, {source, id, {}});
}

void catch_up(WriteTx& tx, const Job& job) {
    auto progress = db::from_json_text<CatchUp>(job.payload.value);
    // Whoever is making deliveries on another node may have seen the endpoint paused, and left no job for them. Their
    // transaction ends first, or begins after this one and finds the endpoint as it is now.
    webhooks::lock_position(tx);
    if (progress.source == DeliverySource::endpoint && !webhooks::find(tx, WebhookId{progress.source_id})) {
        if (deliveries::erase(tx, progress.source_id, rows_max) == rows_max) schedule_catch_up(tx, progress);
        return;
    }
    const auto lanes = deliveries::lanes(tx, progress.source_id, progress.after, lanes_max);
    if (lanes.empty()) return;
    const auto next = next_parcel(tx, {progress.source, progress.source_id, lanes.front()});
    const std::string url = next ? next->url : "";  // else nobody is called: the jobs only settle their lanes
    for (const auto& lane : lanes) {
        wake_lane(tx, {progress.source, progress.source_id, lane}, url, jobs::Known::hurried);
    }
    if (std::ssize(lanes) < lanes_max) return;
    progress.after = lanes.back();
    schedule_catch_up(tx, progress);
}

}  // namespace etapa::flow
