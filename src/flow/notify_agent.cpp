#include "flow/notify_agent.hpp"

#include "base/json_write.hpp"
#include "base/ranges.hpp"
#include "crm/agents/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/shown.hpp"
#include "flow/deliver.hpp"
#include "flow/flat.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>

namespace etapa::flow {
namespace {

using boost::json::object;

std::optional<std::string> text_in(const object& members, std::string_view name) {
    const auto* value = members.if_contains(name);
    if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
    return std::string(value->get_string());
}

constexpr std::array<std::string_view, 3> told_kinds{"message.created", "message.blocked", "step.entered"};

// The members of what happened. A blocked message has those that it had, or, where it never was one, those that it
// would have had.
object said_in(const Event& event) {
    object said = boost::json::parse(event.changed_to.value).as_object();
    return said.empty() ? boost::json::parse(event.changed_from.value).as_object() : said;
}

// A member of what happened, or of the step that said it, which stands in the metadata of a message of ours.
std::optional<std::string> place_in(const object& said, std::string_view name) {
    const auto* metadata = said.if_contains("metadata");
    const bool is_ours = metadata != nullptr && metadata->is_object() && text_in(said, "from") == "agent";
    if (!is_ours) return text_in(said, name);
    return text_in(metadata->get_object(), name);
}

// What an event of `told_kinds` is called towards agents.
std::string_view type_of(const Event& event, const Conversation& conversation, const object& after) {
    if (event.kind == "step.entered") return "STEP_ENTERED";
    if (event.kind == "message.blocked") return "AGENT_MESSAGE_BLOCKED";
    if (text_in(after, "from") == "human") {
        return conversation.is_ai_enabled ? "AGENT_USER_MESSAGE" : "USER_MESSAGE_RECEIVED";
    }
    const bool is_delivered_nowhere =
        conversation.channel == Channel::api || conversation.channel == Channel::dashboard;
    return is_delivered_nowhere ? "AGENT_MESSAGE_NOTED" : "AGENT_MESSAGE_SENDED";
}

void add_message(Flat& flat, const Event& event, const object& after) {
    const auto text = text_in(after, "text");
    if (after.contains("from")) flat.add("messageId", event.subject_id);  // else there never was one
    flat.add_if(text_in(after, "from") == "human" ? "userMessage" : "agentResponse", text);
    const auto* attachments = after.if_contains("attachments");
    if (attachments != nullptr && attachments->is_array()) {
        flat.add("attachments", JsonValue{boost::json::serialize(*attachments)});
    }
}

std::string payload_of(WriteTx& tx, const Event& event, std::string_view type, const Conversation& conversation,
                       const Agent& agent) {
    const object after = said_in(event);
    Flat flat;
    flat.add("eventType", type);
    flat.add("agentId", agent.id).add("agentName", agent.name);
    flat.add_conversation(tx, conversation);
    if (event.kind != "step.entered") add_message(flat, event, after);
    flat.add_if("scenarioId", place_in(after, "scenarioId")).add_if("stepId", place_in(after, "stepId"));
    flat.add("createdAt", event.created_at);
    return flat.text();
}

}  // namespace

std::optional<Receiver> receiver_of(const Agent& agent) {
    if (!agent.config_url_infos_system_external) return std::nullopt;
    const object config = boost::json::parse(agent.config_url_infos_system_external->value).as_object();
    const auto url = text_in(config, "url_webhook_external");
    if (!url) return std::nullopt;
    Receiver receiver{*url, {}};
    if (const auto header = text_in(config, "headerKey")) {
        const auto colon = header->find(": ");
        const bool has_name = colon != std::string::npos;
        const object named{
            {has_name ? header->substr(0, colon) : "Authorization", has_name ? header->substr(colon + 2) : *header}};
        receiver.headers = JsonObject{boost::json::serialize(named)};
    }
    return receiver;
}

const std::optional<Agent>& AgentNotices::agent(const AgentId& id) {
    const auto known = agents_.find(id.value);
    return known != agents_.end() ? known->second : agents_.emplace(id.value, agents::find(tx_, id)).first->second;
}

void AgentNotices::tell(const Event& event) {
    if (!contains(told_kinds, event.kind)) return;
    const auto shown = events::shown(event);
    if (!shown.conversation_id) return;
    const auto conversation = conversations::find(tx_, ConversationId{*shown.conversation_id});
    if (!conversation || !conversation->agent_id) return;
    const auto& own = agent(*conversation->agent_id);
    const auto receiver = own ? receiver_of(*own) : std::nullopt;
    if (!receiver) return;
    const object after = said_in(event);
    const auto type = type_of(event, *conversation, after);
    Delivery delivery;
    delivery.source = DeliverySource::agent;
    delivery.source_id = own->id.value;
    delivery.lane = conversation->id.value;
    delivery.webhook_id = "msg_" + std::to_string(event.sequence);
    delivery.kind = type;
    delivery.address = receiver->url;
    delivery.headers = receiver->headers;
    delivery.payload = {payload_of(tx_, event, type, *conversation, *own)};
    deliver(tx_, std::move(delivery), receiver->url);
}

}  // namespace etapa::flow
