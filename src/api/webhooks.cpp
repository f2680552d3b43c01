// The webhooks of the organization: whom to tell what happens, and what became of it.
#include "api/resources.hpp"
#include "base/vault.hpp"
#include "crm/agents/store.hpp"
#include "crm/events/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/steps/store.hpp"
#include "crm/webhooks/deliveries.hpp"
#include "crm/webhooks/secret.hpp"
#include "crm/webhooks/store.hpp"
#include "flow/deliver.hpp"
#include "flow/fan_out.hpp"

namespace etapa::api {
namespace {

constexpr std::size_t webhooks_max = 50;

// The only answers that show a secret.
struct ShownWebhook {
    Webhook webhook;
    std::string secret;

    static constexpr std::string_view schema_name = "ShownWebhook";
    static consteval auto fields() {
        return describe(spread(&ShownWebhook::webhook),
                        field("secret", &ShownWebhook::secret, "What deliveries are signed with, shown this once."));
    }
};

struct DeliveryPage {  // the query string of GET /webhooks/{id}/deliveries and its like
    std::optional<DeliveryId> before;
    AtMost<1'000> limit{100};

    static consteval auto fields() {
        return describe(field("before", &DeliveryPage::before, "Only those older than this one."),
                        field("limit", &DeliveryPage::limit, "Rows, at most 1,000; 100 unless told."));
    }
};

struct Span {
    Time from;
    Time to;

    static constexpr std::string_view schema_name = "ReplaySpan";
    static consteval auto fields() {
        return describe(field("from", &Span::from, "The first moment that is told again.", required),
                        field("to", &Span::to, "The last one.", required));
    }
};

struct Replaying {
    bool replaying = true;

    static constexpr std::string_view schema_name = "Replaying";
    static consteval auto fields() {
        return describe(
            field("replaying", &Replaying::replaying, "Deliveries will follow in the order of the events."));
    }
};

// Only the engine pauses.
void check(const Webhook& webhook, WebhookState before, const Outbound& outbound, BadFields& bad) {
    if (!bad.names("url") && !outbound.permits(webhook.url)) bad.add("url", std::string(not_permitted));
    const bool pauses = webhook.state == WebhookState::paused && before != WebhookState::paused;
    if (pauses) bad.add("state", "must be active or disabled");
    bad.refuse();
}

// Nothing is sent to one that is disabled, and what is asked for would be forgotten.
void refuse_disabled(const Webhook& webhook) {
    if (webhook.state == WebhookState::disabled) throw conflict("The webhook is disabled; make it active first.");
}

Delivery get_delivery(ReadTx& tx, const Webhook& webhook, const DeliveryId& id) {
    auto delivery = deliveries::find(tx, id);
    if (!delivery || delivery->source_id != webhook.id.value) throw not_found("delivery", id.value);
    return *std::move(delivery);
}

std::vector<Webhook> list_webhooks(ReadTx& tx) { return webhooks::list(tx); }

Webhook read_webhook(ReadTx& tx, const WebhookId& id) { return webhooks::get(tx, id); }

Created<ShownWebhook> create_webhook(WriteTx& tx, const New<Webhook>& wanted, const Outbound& outbound,
                                     const Sealing& sealing) {
    Webhook webhook = wanted.entity();
    BadFields bad = wanted.bad();
    check(webhook, WebhookState::active, outbound, bad);
    organizations::lock(tx);
    if (webhooks::list(tx).size() >= webhooks_max)
        throw conflict("The organization has 50 webhooks; delete one first.");
    const auto secret = webhooks::new_secret(tx.random());
    webhook.id = tx.new_id<WebhookId>();
    webhook.organization_id = tx.organization();
    webhook.secret = sealing.vault->seal(secret, tx.random());
    webhook.created_at = webhook.updated_at = tx.now();
    webhooks::insert(tx, webhook);
    webhooks::follow_events(tx);
    events::publish_created(tx, "webhook.created", webhook);
    return {{webhook, secret}};
}

// Saying where to or that it is active begins anew: what waited is sent.
Webhook update_webhook(WriteTx& tx, const WebhookId& id, const Patch<Webhook>& patch, const Outbound& outbound) {
    const Webhook before = webhooks::lock(tx, id);
    Webhook webhook = patch.applied_to(before);
    BadFields bad = patch.bad();
    check(webhook, before.state, outbound, bad);
    const bool moved = webhook.url != before.url;
    if (moved && webhook.state == WebhookState::paused) webhook.state = WebhookState::active;
    if (webhook.state == WebhookState::active) webhook.state_reason.reset();
    if (webhook.state == WebhookState::active && before.state != WebhookState::active) webhook.failures = 0;
    if (!events::publish_changed(tx, "webhook.changed", before, webhook)) return webhook;
    webhook.updated_at = time_of_change(before.updated_at, tx.now());
    webhooks::save(tx, webhook);
    if (moved || webhook.state != before.state) flow::ask_to_catch_up(tx, DeliverySource::endpoint, id.value);
    return webhook;
}

Webhook delete_webhook(WriteTx& tx, const WebhookId& id) {
    Webhook webhook = webhooks::lock(tx, id);
    webhooks::erase(tx, id);
    events::publish_deleted(tx, "webhook.deleted", webhook);
    flow::ask_to_catch_up(tx, DeliverySource::endpoint, id.value);
    return webhook;
}

ShownWebhook rotate_secret(WriteTx& tx, const WebhookId& id, const Sealing& sealing) {
    Webhook webhook = webhooks::lock(tx, id);
    const auto secret = webhooks::new_secret(tx.random());
    webhook.secret = sealing.vault->seal(secret, tx.random());
    webhook.updated_at = time_of_change(webhook.updated_at, tx.now());
    webhooks::save(tx, webhook);
    events::Members to;
    to.add("updatedAt", webhook.updated_at);
    events::publish(tx, "webhook.rotated", id.value, {}, to);
    return {webhook, secret};
}

Delivery test_webhook(WriteTx& tx, const WebhookId& id) {
    const Webhook webhook = webhooks::lock(tx, id);
    events::Members data;
    data.add("webhookId", id).add("message", "A test: nothing happened.");
    events::Members payload;
    payload.add("type", "webhook.test").add("timestamp", tx.now()).add("data", data.object());
    Delivery delivery;
    delivery.source_id = id.value;
    delivery.webhook_id = "msg_" + tx.new_id<DeliveryId>().value;
    delivery.lane = std::string(flow::test_lane) + delivery.webhook_id;
    delivery.kind = "webhook.test";
    delivery.payload = payload.object();
    return flow::deliver(tx, std::move(delivery), webhook.url.value);
}

std::vector<Delivery> list_deliveries(ReadTx& tx, const WebhookId& id, const DeliveryPage& page) {
    const Webhook webhook = webhooks::get(tx, id);
    return deliveries::page(tx, webhook.id.value, page.before, page.limit.value);
}

std::vector<Delivery> list_step_deliveries(ReadTx& tx, const StepId& id, const DeliveryPage& page) {
    return deliveries::page(tx, steps::get(tx, id).id.value, page.before, page.limit.value);
}

std::vector<Delivery> list_agent_deliveries(ReadTx& tx, const AgentId& id_or_handle, const DeliveryPage& page) {
    const auto agent = agents::get(tx, agents::resolve(tx, id_or_handle));
    return deliveries::page(tx, agent.id.value, page.before, page.limit.value);
}

Delivery resend_delivery(WriteTx& tx, const WebhookId& id, const DeliveryId& delivery_id) {
    const Webhook webhook = webhooks::lock(tx, id);
    auto delivery = get_delivery(tx, webhook, delivery_id);
    refuse_disabled(webhook);
    return flow::resend(tx, std::move(delivery), webhook);
}

Replaying replay_webhook(WriteTx& tx, const WebhookId& id, const Span& span) {
    const Webhook webhook = webhooks::lock(tx, id);
    if (span.to < span.from) {
        BadFields bad;
        bad.add("to", "must not be earlier than from");
        bad.refuse();
    }
    refuse_disabled(webhook);
    flow::ask_to_replay(tx, webhook.id, span.from, span.to);
    return {};
}

}  // namespace

void webhooks(Router& router) {
    router.resource("Webhooks", "Addresses that are told what happens.");
    router.get("/webhooks", "List the webhooks, oldest first", list_webhooks);
    router.post("/webhooks", "Add a webhook and show its secret once", create_webhook).secret();
    router.get("/webhooks/{id}", "Show a webhook", read_webhook);
    router.patch("/webhooks/{id}", "Change a webhook", update_webhook);
    router.del("/webhooks/{id}", "Delete a webhook and what waits for it", delete_webhook);
    router.post("/webhooks/{id}/rotate", "Give a webhook a new secret and show it once", rotate_secret).secret();
    router.post("/webhooks/{id}/test", "Send a test to a webhook", test_webhook);
    router.get("/webhooks/{id}/deliveries", "List what was and will be sent, newest first", list_deliveries);
    router.get("/crm/step/{id}/webhook/deliveries", "List what a step's webhook was and will be sent, newest first",
               list_step_deliveries);
    router.get("/agents/{id}/webhook/deliveries", "List what an agent's webhook was and will be sent, newest first",
               list_agent_deliveries);
    router.post("/webhooks/{id}/deliveries/{deliveryId}/resend", "Send a delivery again", resend_delivery);
    router.post("/webhooks/{id}/replay", "Tell a webhook again what happened in a time", replay_webhook);
}

}  // namespace etapa::api
