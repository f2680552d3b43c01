// The hooks of providers: where they deliver what end users say. They hold no key: what they send is signed.
#include "api/resources.hpp"
#include "base/vault.hpp"
#include "channels/channel.hpp"
#include "crm/channels/store.hpp"
#include "flow/handover.hpp"
#include "flow/media.hpp"
#include "flow/receive.hpp"

namespace etapa::api {
namespace {

constexpr std::string_view connection_parameter = "service_provider_id";

struct Challenge {  // the query string with which the provider verifies the hook
    ConnectionId service_provider_id;
    std::optional<ShortText> mode;
    std::optional<ShortText> verify_token;
    std::optional<ShortText> challenge;

    static consteval auto fields() {
        return describe(field("service_provider_id", &Challenge::service_provider_id, "The connection.", required),
                        field("hub.mode", &Challenge::mode, "subscribe."),
                        field("hub.verify_token", &Challenge::verify_token, "The connection's webhookVerifyToken."),
                        field("hub.challenge", &Challenge::challenge, "Answered back."));
    }
};

// The challenge as plain text.
struct Echo {
    struct Body {
        std::string challenge;
        static consteval auto fields() { return describe(field("challenge", &Body::challenge, "")); }
    };
    std::string challenge;

    void write(net::Response& response) const {
        response.content_type = "text/plain; charset=utf-8";
        response.body = challenge;
    }
};

struct DeliveryNamed {
    ConnectionId service_provider_id;

    static consteval auto fields() {
        return describe(field("service_provider_id", &DeliveryNamed::service_provider_id, "The connection.", required));
    }
};

struct Taken {
    std::int64_t received = 0;

    static constexpr std::string_view schema_name = "DeliveryTaken";
    static consteval auto fields() { return describe(field("received", &Taken::received, "Messages that were new.")); }
};

ConnectionId named_connection(const Incoming& incoming) {
    const auto* id = incoming.query.if_contains(connection_parameter);
    return {id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string()};
}

bool is_connected(ReadTx& tx, const Incoming& incoming) {
    return connections::find_anywhere(tx, named_connection(incoming)).has_value();
}

ChannelSecrets secrets_of(const Vault* vault, const ChannelConnection& connection) {
    const auto text = vault == nullptr ? std::nullopt : vault->open(connection.secrets);
    if (!text) throw Problem(503, "channel_sealed", "The channel's secrets were sealed with another key file.");
    return db::from_json_text<ChannelSecrets>(*text);
}

// The connection tells whose request it is; a delivery has to be signed with its secret.
void admit_provider(ReadTx& tx, const Incoming& incoming, Caller& caller) {
    const auto connection = connections::find_anywhere(tx, named_connection(incoming));
    if (!connection) throw Problem(404, "not_found", "There is no such channel.");
    caller.organization = connection->organization_id;
    const auto& request = *incoming.request;
    if (request.method != net::Method::post) return;
    const auto* adapter = channels::adapter_of(connection->type);
    ensure(adapter != nullptr, "only channels with an adapter are connected");
    const auto signature = request.header("x-hub-signature-256");
    if (!adapter->is_genuine(request.body, signature, secrets_of(incoming.vault, *connection))) {
        throw Problem(401, "bad_signature", "The delivery is not signed with the channel's secret.");
    }
}

ChannelConnection connection_named(ReadTx& tx, const ConnectionId& id) {
    if (auto connection = connections::find(tx, id)) return *std::move(connection);
    throw not_found("channel", id.value);
}

Echo verify_hook(ReadTx& tx, const Challenge& asked, const Sealing& sealing) {
    const auto secrets = secrets_of(sealing.vault, connection_named(tx, asked.service_provider_id));
    const auto& token = asked.verify_token;
    const bool is_known = token && !token->blank() && crypto::equal(token->value, secrets.verify_token);
    if (!is_known || !asked.mode || asked.mode->value != "subscribe") {
        throw Problem(403, "forbidden", "The verify token is not that of the channel.");
    }
    return {asked.challenge ? asked.challenge->value : ""};
}

flow::Inbound inbound_of(const ChannelConnection& connection, channels::Heard heard) {
    flow::Inbound inbound;
    inbound.kind = heard.is_reaction ? flow::Inbound::Kind::reaction : flow::Inbound::Kind::message;
    inbound.channel = connection.type;
    inbound.agent = connection.agent_id;
    inbound.thread = Thread{connection.id.value, std::move(heard.thread)};
    inbound.external_id = std::move(heard.external_id);
    inbound.end_user = std::move(heard.end_user);
    inbound.text = std::move(heard.text);
    inbound.metadata = std::move(heard.metadata);
    inbound.sent_at = heard.sent_at;
    return inbound;
}

// What end users say to a channel that is switched off is answered like anything else, so that the provider does not
// try again. What was sent before goes its way.
Taken take_delivery(WriteTx& tx, const DeliveryNamed& named, const RawBody& body) {
    const auto connection = connection_named(tx, named.service_provider_id);
    auto report = channels::adapter_of(connection.type)->translate(body.bytes, connection);
    if (!report) throw Problem(400, "invalid_request", "The delivery is not JSON.");
    Taken taken;
    if (!connection.enabled) report->heard.clear();
    for (auto& heard : report->heard) {
        const flow::Media media{heard.media_id, heard.media_name};
        const auto received = flow::receive(tx, inbound_of(connection, std::move(heard)));
        if (received.repeated) continue;
        taken.received += 1;
        if (!media.id.empty()) flow::ask_for_media(tx, {received.message, connection.id, media});
    }
    for (auto& told : report->told) {
        flow::note_progress(tx, connection.id,
                            {std::move(told.external_id), told.delivery, told.window_closed, std::move(told.error),
                             std::move(told.message_id)});
    }
    return taken;
}

}  // namespace

void hooks(Router& router) {
    router.resource("Hooks", "Where providers deliver what end users say.");
    router.get("/integrations/whatsapp/webhook", "Verify the hook of a WhatsApp number", verify_hook)
        .of_provider(admit_provider, is_connected)
        .or_answers(200, "text/plain");
    router.post("/integrations/whatsapp/webhook", "Deliver what happened at a WhatsApp number", take_delivery)
        .of_provider(admit_provider, is_connected);
    router.post("/integrations/api/webhook", "Deliver what end users said in another system", take_delivery)
        .of_provider(admit_provider, is_connected);
}

}  // namespace etapa::api
