// The connections of an agent to channels: made, listed, switched, removed.
#include "api/resources.hpp"
#include "base/vault.hpp"
#include "channels/channel.hpp"
#include "crm/agents/store.hpp"
#include "crm/channels/store.hpp"
#include "crm/events/store.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

struct NewChannel {
    std::optional<ShortText> type;
    std::optional<ShortText> phone_number_id;
    std::optional<ShortText> phone_number;
    std::optional<Text<4'096>> access_token;
    std::optional<ShortText> app_secret;
    std::optional<ShortText> webhook_verify_token;

    static constexpr std::string_view schema_name = "NewChannel";
    static consteval auto fields() {
        return describe(
            field("type", &NewChannel::type, "whatsapp or api.", required),
            field("phoneNumberId", &NewChannel::phone_number_id, "The provider's id of the number."),
            field("phoneNumber", &NewChannel::phone_number, "The number."),
            field("accessToken", &NewChannel::access_token, "Lets us send. Never answered back."),
            field("appSecret", &NewChannel::app_secret, "Signs what arrives. Never answered back.", required),
            field("webhookVerifyToken", &NewChannel::webhook_verify_token,
                  "What the provider says when it verifies the hook. Never answered back."));
    }
};

struct ChannelView {
    ChannelConnection connection;
    std::string hook_url;

    static constexpr std::string_view schema_name = "Channel";
    static consteval auto fields() {
        return describe(spread(&ChannelView::connection),
                        field("hookUrl", &ChannelView::hook_url, "Where the provider delivers to.", unstored));
    }
};

struct ChannelCreated {
    ConnectionId id;
    std::string hook_url;

    static constexpr std::string_view schema_name = "ChannelCreated";
    static consteval auto fields() {
        return describe(field("id", &ChannelCreated::id, "The connection; `service_provider_id` of its hook."),
                        field("hookUrl", &ChannelCreated::hook_url, "Where the provider delivers to."));
    }
};

struct ChannelRemoval {
    ConnectionId id;

    static consteval auto fields() { return describe(field("id", &ChannelRemoval::id, "The connection.", required)); }
};

struct Switch {  // the query string of PATCH /agents/{id}/webhook
    std::optional<ShortText> type;
    std::optional<ShortText> enabled;

    static constexpr std::string_view schema_name = "ChannelSwitch";
    static consteval auto fields() {
        return describe(field("type", &Switch::type, "whatsapp, telegram, zapi or instagram; in the query."),
                        field("enabled", &Switch::enabled, "true or false; in the query."));
    }
};

template <std::size_t max> void require(const std::optional<Text<max>>& value, std::string_view name, BadFields& bad) {
    if (!bad.names(name) && (!value || value->blank())) bad.add(std::string(name), "is required");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Another system that brings messages needs a secret to sign with, and nothing else.
void check(const NewChannel& wanted, BadFields& bad) {
    require(wanted.type, "type", bad);
    const auto type = wanted.type ? enum_from<Channel>(wanted.type->value) : std::nullopt;
    if (wanted.type && !wanted.type->blank() && type != Channel::whatsapp && type != Channel::api) {
        bad.add("type", "must be one of whatsapp, api");
    }
    require(wanted.app_secret, "appSecret", bad);
    if (type == Channel::api) return;
    require(wanted.phone_number_id, "phoneNumberId", bad);
    require(wanted.access_token, "accessToken", bad);
    require(wanted.webhook_verify_token, "webhookVerifyToken", bad);
    const auto& number = wanted.phone_number_id;
    // It becomes part of an address.
    if (number && !std::ranges::all_of(number->value, is_digit)) bad.add("phoneNumberId", "must be digits");
}

template <std::size_t max> std::string text_of(const std::optional<Text<max>>& value) {
    return value ? value->value : std::string();
}

std::string sealed_secrets(WriteTx& tx, const NewChannel& wanted, const Sealing& sealing) {
    const ChannelSecrets secrets{text_of(wanted.access_token), text_of(wanted.app_secret),
                                 text_of(wanted.webhook_verify_token)};
    ensure(sealing.vault != nullptr, "every server has a key file");
    return sealing.vault->seal(json::to_text(secrets), tx.random());
}

std::string hook_url(const Site& site, const ChannelConnection& connection) {
    return site.url + "/integrations/" + std::string(name_of(connection.type)) +
           "/webhook?service_provider_id=" + connection.id.value;
}

ChannelView shown(const Site& site, ChannelConnection connection) {
    auto url = hook_url(site, connection);
    return {std::move(connection), std::move(url)};
}

std::vector<ChannelView> list_channels(ReadTx& tx, const AgentId& id_or_handle, const Site& site) {
    std::vector<ChannelView> views;
    for (auto& connection : connections::of(tx, agents::get(tx, agents::resolve(tx, id_or_handle)).id)) {
        views.push_back(shown(site, std::move(connection)));
    }
    return views;
}

Created<ChannelCreated> create_channel(WriteTx& tx, const AgentId& id_or_handle, const New<NewChannel>& body,
                                       const Sealing& sealing, const Site& site) {
    const auto agent = agents::lock(tx, agents::resolve(tx, id_or_handle));
    const auto& wanted = body.entity();
    BadFields bad = body.bad();
    check(wanted, bad);
    bad.refuse();
    ChannelConnection connection;
    connection.agent_id = agent.id;
    connection.type = *enum_from<Channel>(wanted.type->value);
    connection.phone_number_id = wanted.phone_number_id;
    connection.phone_number = wanted.phone_number;
    connection.secrets = sealed_secrets(tx, wanted, sealing);
    connection = connections::insert(tx, connection);
    events::publish_created(tx, "channel.created", connection);
    return {{connection.id, hook_url(site, connection)}};
}

ChannelConnection remove(WriteTx& tx, const AgentId& id_or_handle, const ConnectionId& id) {
    const auto agent = agents::lock(tx, agents::resolve(tx, id_or_handle));
    const auto connection = connections::find(tx, id);
    if (!connection || connection->agent_id != agent.id) throw not_found("channel", id.value);
    connections::remove(tx, id);
    events::publish_deleted(tx, "channel.deleted", *connection);
    return *connection;
}

ChannelView delete_channel(WriteTx& tx, const AgentId& id_or_handle, const ConnectionId& id, const Site& site) {
    return shown(site, remove(tx, id_or_handle, id));
}

ChannelView delete_named_channel(WriteTx& tx, const AgentId& id_or_handle, const ChannelRemoval& removal,
                                 const Site& site) {
    return shown(site, remove(tx, id_or_handle, removal.id));
}

// The channel that a client means by `type`; its words are those of API fact 4.
std::optional<Channel> channel_of(const std::optional<ShortText>& type) {
    if (!type) return std::nullopt;
    if (type->value == "instagram") return Channel::instagram_dm;
    for (const auto channel : {Channel::whatsapp, Channel::telegram, Channel::zapi}) {
        if (type->value == name_of(channel)) return channel;
    }
    return std::nullopt;
}

// Answers and errors are texts that existing clients know.
std::string switch_channel(WriteTx& tx, const AgentId& id_or_handle, const Switch& wanted) {
    const auto channel = channel_of(wanted.type);
    const auto& enabled = wanted.enabled;
    if (!channel || !enabled || (enabled->value != "true" && enabled->value != "false")) {
        throw Problem(400, "invalid_request",
                      R"(The parameters "id", "service-provider-type", and "enabled" are required.)");
    }
    const auto agent = agents::find(tx, agents::resolve(tx, id_or_handle));
    if (!agent || !connections::enable(tx, agent->id, *channel, enabled->value == "true")) {
        throw Problem(404, "not_found", "Agent not found or ServiceProvider not found for this agent.");
    }
    return wanted.type->value + " webhook " + (enabled->value == "true" ? "enabled" : "disabled");
}

}  // namespace

void channels(Router& router) {
    router.resource("Channels", "Through what end users reach an agent.");
    router.get("/agents/{id}/channels", "List the channels of an agent", list_channels);
    router.post("/agents/{id}/channels", "Connect an agent to a channel", create_channel);
    router.del("/agents/{id}/channels", "Disconnect an agent from a channel", delete_named_channel);
    router.del("/agents/{id}/channels/{channelId}", "Disconnect an agent from a channel", delete_channel);
    router.patch("/agents/{id}/webhook", "Switch what arrives through a channel on or off", switch_channel);
}

}  // namespace etapa::api
