#include "flow/notify_agent.hpp"

#include "base/json_write.hpp"
#include "base/ranges.hpp"
#include "crm/agents/store.hpp"
#include "crm/blobs/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/shown.hpp"
#include "crm/messages/store.hpp"
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

constexpr std::array<std::string_view, 4> told_kinds{"message.created", "message.changed", "message.blocked",
                                                     "step.entered"};

object parsed(const JsonObject& members) { return boost::json::parse(members.value).as_object(); }

bool has_left(const object& message) {
    const auto delivery = text_in(message, "delivery");
    return delivery == "sent" || delivery == "delivered" || delivery == "read";
}

// A message is told once: when it was stored, or else when the file that it expects has come or was given up, or when
// the provider has taken it.
bool is_told(const Event& event) {
    const object after = parsed(event.changed_to);
    const bool is_about_file = after.contains("isFileExpected");
    if (event.kind == "message.created") return !is_about_file && text_in(after, "delivery") != "waiting";
    if (event.kind != "message.changed") return true;
    return is_about_file || (has_left(after) && !has_left(parsed(event.changed_from)));
}

// The members of what happened. A message that changed has those of now, and none when it is gone; a blocked one has
// those that it had, or, where it never was one, those that it would have had.
object said_in(ReadTx& tx, const Event& event) {
    if (event.kind == "message.changed") {
        const auto known = messages::find(tx, {event.subject_id});
        return known ? parsed({json::to_text(known->message)}) : object{};
    }
    const object before = parsed(event.changed_from);
    return event.kind == "message.blocked" && !before.empty() ? before : parsed(event.changed_to);
}

// A member of what happened, or of the step that said it, which stands in the metadata of a message of ours.
std::optional<std::string> place_in(const object& said, std::string_view name) {
    const auto* metadata = said.if_contains("metadata");
    const bool is_ours = metadata != nullptr && metadata->is_object() && text_in(said, "from") == "agent";
    if (!is_ours) return text_in(said, name);
    return text_in(metadata->get_object(), name);
}

// The agent of the step that said it, if it is not the conversation's own.
std::optional<AgentId> step_agent_in(const object& said, const Conversation& conversation) {
    const auto agent = text_in(said, "agentId");
    const bool is_of_step = text_in(said, "from") == "agent" && place_in(said, "stepId");
    if (!agent || !is_of_step || agent == conversation.agent_id->value) return std::nullopt;
    return AgentId{*agent};
}

// What an event of `told_kinds` is called towards agents.
std::string_view type_of(const Event& event, const Conversation& conversation, const object& said) {
    if (event.kind == "step.entered") return "STEP_ENTERED";
    if (event.kind == "message.blocked") return "AGENT_MESSAGE_BLOCKED";
    if (text_in(said, "from") == "human") {
        return conversation.is_ai_enabled ? "AGENT_USER_MESSAGE" : "USER_MESSAGE_RECEIVED";
    }
    const bool is_delivered_nowhere =
        conversation.channel == Channel::api || conversation.channel == Channel::dashboard;
    return is_delivered_nowhere ? "AGENT_MESSAGE_NOTED" : "AGENT_MESSAGE_SENDED";
}

// Files that lie here are known by more than their address.
boost::json::array files_of(ReadTx& tx, boost::json::array files) {
    for (auto& file : files) {
        const auto blob = blobs::find_at(tx, file.at("url").as_string());
        if (!blob) continue;
        file.get_object()["id"] = blob->id.value;
        file.get_object()["size"] = blob->size;
    }
    return files;
}

void add_message(Flat& flat, ReadTx& tx, const std::string& id, const object& said) {
    const auto text = text_in(said, "text");
    if (said.contains("from")) flat.add("messageId", id);  // else there never was one
    flat.add_if(text_in(said, "from") == "human" ? "userMessage" : "agentResponse", text);
    const auto* attachments = said.if_contains("attachments");
    if (attachments != nullptr && attachments->is_array()) {
        flat.add("attachments", JsonValue{boost::json::serialize(files_of(tx, attachments->get_array()))});
    }
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

std::string AgentNotices::payload_of(const Event& event, std::string_view type, const Conversation& conversation,
                                     const object& said) {
    Flat flat;
    flat.add("eventType", type);
    flat.add("agentId", *conversation.agent_id).add("agentName", agent(*conversation.agent_id)->name);
    flat.add_conversation(tx_, conversation);
    if (event.kind != "step.entered") add_message(flat, tx_, event.subject_id, said);
    flat.add_if("scenarioId", place_in(said, "scenarioId")).add_if("stepId", place_in(said, "stepId"));
    if (const auto id = step_agent_in(said, conversation)) {
        flat.add("isStepAgentResponse", true).add("stepAgentId", *id);
        if (const auto& speaker = agent(*id)) flat.add("stepAgentName", speaker->name);
    }
    flat.add("createdAt", event.created_at);
    return flat.text();
}

void AgentNotices::tell(const Event& event) {
    if (!contains(told_kinds, event.kind)) return;
    if (!anybody_) anybody_ = agents::any_may_be_told(tx_);
    if (!*anybody_ || !is_told(event)) return;
    const auto shown = events::shown(event);
    if (!shown.conversation_id) return;
    const auto conversation = conversations::find(tx_, ConversationId{*shown.conversation_id});
    if (!conversation || !conversation->agent_id) return;
    const auto& own = agent(*conversation->agent_id);
    const auto receiver = own ? receiver_of(*own) : std::nullopt;
    if (!receiver) return;
    const object said = said_in(tx_, event);
    if (said.empty()) return;
    const auto type = type_of(event, *conversation, said);
    Delivery delivery;
    delivery.source = DeliverySource::agent;
    delivery.source_id = own->id.value;
    delivery.lane = conversation->id.value;
    delivery.webhook_id = "msg_" + std::to_string(event.sequence);
    delivery.kind = type;
    delivery.address = receiver->url;
    delivery.headers = receiver->headers;
    delivery.payload = {payload_of(event, type, *conversation, said)};
    deliver(tx_, std::move(delivery), receiver->url);
}

}  // namespace etapa::flow
