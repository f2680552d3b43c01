// The messages of conversations: read, stored, sent.
#include "api/envelope.hpp"
#include "api/resources.hpp"
#include "channels/channel.hpp"
#include "crm/agents/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "flow/receive.hpp"
#include "flow/send.hpp"

#include <algorithm>
#include <charconv>

namespace etapa::api {
namespace {

constexpr std::int64_t count_default = 2;
constexpr std::int64_t count_max = 10'000;

// How many messages are wanted, as it stands in the path. Clients ask for more than there can be.
struct Count {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    static std::expected<Count, std::string> parse(std::string_view text) { return Count{std::string(text)}; }
    static constexpr std::string_view schema = R"("type":"integer","minimum":1)";

    [[nodiscard]] std::int64_t clamped() const {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        const bool is_whole = end == value.data() + value.size() && error != std::errc::invalid_argument;
        if (is_whole && error == std::errc::result_out_of_range && !value.starts_with('-')) return count_max;
        if (is_whole && number >= 1) return std::min(number, count_max);
        BadFields bad;
        bad.add("count", "must be a whole number of at least 1");
        bad.refuse();
        return 0;
    }
};

struct ConversationMessages {
    static constexpr bool many_rows = true;
    ConversationStatus status = ConversationStatus::unresolved;
    bool is_ai_enabled = true;
    std::string user_id;
    OrganizationId organization_id;
    std::vector<MessageView> messages;

    static constexpr std::string_view schema_name = "ConversationMessages";
    static consteval auto fields() {
        return describe(
            field("status", &ConversationMessages::status, "The conversation's status."),
            field("isAiEnabled", &ConversationMessages::is_ai_enabled, "Whether the AI answers in it."),
            field("userId", &ConversationMessages::user_id, "The person who holds it; empty when nobody does."),
            field("organizationId", &ConversationMessages::organization_id, "Organization that owns it."),
            field("messages", &ConversationMessages::messages, "Its newest messages, oldest first."));
    }
};

struct MessageQuery {
    bool include_sources = false;

    static consteval auto fields() {
        return describe(field("includeSources", &MessageQuery::include_sources, "Also shows what the text rests on."));
    }
};

struct Registered {
    LongText message;
    Sender from = Sender::human;

    static constexpr std::string_view schema_name = "MessageRecord";
    static consteval auto fields() {
        return describe(field("message", &Registered::message, "What was written.", required),
                        field("from", &Registered::from, "Which side wrote; human when absent."));
    }
};

// How the conversation of a message is named in the path.
enum class AddressedBy : std::uint8_t { conversation_id, phone, email };
constexpr auto names(AddressedBy) { return std::to_array<std::string_view>({"conversationId", "phone", "email"}); }

struct Outgoing {
    LongText message;
    std::optional<AgentId> agent_id;
    std::optional<Channel> channel;
    std::optional<std::vector<Attachment>> attachments;
    std::optional<ShortText> visitor_id;
    std::optional<ContactId> contact_id;

    static constexpr std::string_view schema_name = "OutgoingMessage";
    static consteval auto fields() {
        return describe(
            field("message", &Outgoing::message, "What to write.", required),
            field("agentId", &Outgoing::agent_id, "Agent as which to write; needed to find a conversation."),
            field("channel", &Outgoing::channel, "Channel of the conversation; needed to find one."),
            field("attachments", &Outgoing::attachments, "Files that go with it."),
            field("visitorId", &Outgoing::visitor_id, "Visitor who is written to."),
            field("contactId", &Outgoing::contact_id, "Contact that is written to."));
    }
};

struct MessageStored {
    bool success = true;
    MessageView message;

    static constexpr std::string_view schema_name = "MessageStored";
    static consteval auto fields() {
        return describe(field("success", &MessageStored::success, "Always true."),
                        field("message", &MessageStored::message, "The message as it was stored."));
    }
};

struct Audio {
    Url audio_url;
    std::optional<Within<0, 86'400>> duration;

    static constexpr std::string_view schema_name = "AudioMessage";
    static consteval auto fields() {
        return describe(field("audioUrl", &Audio::audio_url, "Where the recording lies.", required),
                        field("duration", &Audio::duration, "Its length in seconds."));
    }
};

struct AudioSent {
    MessageId message_id;
    std::string status = "sent";

    static consteval auto fields() {
        return describe(field("messageId", &AudioSent::message_id, "The message that was stored."),
                        field("status", &AudioSent::status, "Always sent."));
    }
};

MessageStored stored(Message message) {
    MessageStored answer;
    answer.message.message = std::move(message);
    return answer;
}

std::string holder_of(ReadTx& tx, const ConversationId& id) {
    const auto assignments = people::assignments(tx, {id});
    if (assignments.empty()) return {};
    return people::get(tx, assignments.front().membership_id).user_id.value;
}

ConversationMessages messages_of(ReadTx& tx, const ConversationId& id, std::int64_t count) {
    const auto conversation = conversations::get(tx, id);
    ConversationMessages answer;
    answer.status = conversation.status;
    answer.is_ai_enabled = conversation.is_ai_enabled;
    answer.user_id = holder_of(tx, id);
    answer.organization_id = conversation.organization_id;
    answer.messages = messages::latest(tx, id, count);
    return answer;
}

ConversationMessages list_messages(ReadTx& tx, const ConversationId& id, const Count& count) {
    return messages_of(tx, id, count.clamped());
}

ConversationMessages list_latest_messages(ReadTx& tx, const ConversationId& id) {
    return messages_of(tx, id, count_default);
}

// No model has written yet, so no text rests on a source.
MessageView read_message(ReadTx& tx, const MessageId& id, const MessageQuery& wanted) {
    auto message = messages::get(tx, id);
    if (wanted.include_sources) message.sources.emplace();
    return message;
}

MessageStored register_message(WriteTx& tx, const ConversationId& id, const New<Registered>& body) {
    const auto& [text, from] = body.entity();
    BadFields bad = body.bad();
    if (!bad.names("message") && text.blank()) bad.add("message", "must not be blank");
    bad.refuse();
    const auto conversation = conversations::lock(tx, id);
    Message message;
    message.text = text.value;
    if (from == Sender::human) return stored(flow::hear(tx, conversation, std::move(message)));
    message.conversation_id = id;
    message.agent_id = conversation.agent_id;
    return stored(flow::note(tx, std::move(message)));
}

// An agent that only helps to find the conversation may be unknown: then none is found.
void check(ReadTx& tx, const Outgoing& wanted, AddressedBy by, BadFields& bad) {
    const bool has_files = wanted.attachments && !wanted.attachments->empty();
    if (!bad.names("message") && wanted.message.blank() && !has_files) bad.add("message", "must not be blank");
    if (wanted.contact_id && !contacts::find(tx, *wanted.contact_id)) bad.add("contactId", "names no contact");
    if (by == AddressedBy::conversation_id) {
        if (wanted.agent_id && !agents::exists(tx, *wanted.agent_id)) bad.add("agentId", "names no agent");
        return;
    }
    if (!wanted.agent_id && !bad.names("agentId")) bad.add("agentId", "is required to find a conversation");
    if (!wanted.channel && !bad.names("channel")) bad.add("channel", "is required to find a conversation");
}

ConversationId addressed(ReadTx& tx, AddressedBy by, const std::string& value, const Outgoing& wanted) {
    if (by == AddressedBy::conversation_id) return {value};
    using By = conversations::Reach::By;
    const auto address = Email::parse(value);
    conversations::Reach reach;
    reach.by = by == AddressedBy::phone ? By::phone_number : By::email;
    reach.address = by == AddressedBy::email && address ? address->value : value;
    reach.agent = *wanted.agent_id;
    reach.channel = *wanted.channel;
    const auto found = conversations::find_newest(tx, reach);
    if (!found) throw Problem(404, "not_found", "No conversation found with '" + value + "' on this channel.");
    return found->id;
}

// Nothing is cut: what the channel cannot send whole is not sent.
void check_channel(Channel channel, const Message& message) {
    const auto* adapter = channels::adapter_of(channel);
    const auto obstacle = adapter && adapter->obstacle ? adapter->obstacle(message) : std::nullopt;
    if (!obstacle) return;
    BadFields bad;
    bad.add(std::string(obstacle->field), std::string(obstacle->expected));
    bad.refuse();
}

std::expected<MessageStored, Problem> send_message(WriteTx& tx, const ShortText& type, const ShortText& value,
                                                   const New<Outgoing>& body) {
    const auto& wanted = body.entity();
    BadFields bad = body.bad();
    const auto by = enum_from<AddressedBy>(type.value);
    if (!by) bad.add("type", "must be one of conversationId, phone, email");
    check(tx, wanted, by.value_or(AddressedBy::conversation_id), bad);
    bad.refuse();
    const auto conversation = conversations::lock(tx, addressed(tx, *by, value.value, wanted));
    Message message;
    message.text = wanted.message.value;
    message.agent_id = wanted.agent_id;
    message.contact_id = wanted.contact_id ? wanted.contact_id : conversation.contact_id;
    message.visitor_id = wanted.visitor_id ? wanted.visitor_id->value : std::optional<std::string>();
    message.attachments = wanted.attachments;
    check_channel(conversation.channel, message);
    auto sent = flow::send(tx, conversation, std::move(message));
    if (!sent) return std::unexpected(std::move(sent).error());
    return stored(*std::move(sent));
}

// What a recording of this address is, as far as its ending tells.
std::string_view audio_type(std::string_view url) {
    const auto path = url.substr(0, url.find_first_of("?#"));
    for (const auto& [ending, type] :
         {std::pair(".mp3", "audio/mpeg"), std::pair(".ogg", "audio/ogg"), std::pair(".opus", "audio/ogg"),
          std::pair(".m4a", "audio/mp4"), std::pair(".wav", "audio/wav"), std::pair(".webm", "audio/webm")}) {
        if (path.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

// A recording is a message without words; its address is handed on, and nothing is fetched.
std::expected<Enveloped<AudioSent>, Problem> send_audio(WriteTx& tx, const ConversationId& id, const Audio& audio) {
    const auto conversation = conversations::lock(tx, id);
    const auto& url = audio.audio_url.value;
    Message message;
    message.contact_id = conversation.contact_id;
    const Attachment recording{.url = {url}, .name = {"audio"}, .mime_type = {std::string(audio_type(url))}};
    message.attachments = std::vector{recording};
    if (audio.duration) message.metadata = JsonObject{R"({"duration":)" + std::to_string(audio.duration->value) + '}'};
    auto sent = flow::send(tx, conversation, std::move(message));
    if (!sent) return std::unexpected(std::move(sent).error());
    return Enveloped<AudioSent>{.data = {.message_id = sent->id}};
}

}  // namespace

void messages(Router& router) {
    router.resource("Messages", "What is written in conversations.");
    router.get("/messages/{messageId}", "Show a message", read_message);
    for (const std::string family : {"/conversation", "/conversations"}) {
        const auto one = family + "/{id}";
        router.get(one + "/messages", "List the newest two messages", list_latest_messages).error_literals();
        router.get(one + "/messages/{count}", "List the newest messages, oldest first", list_messages).error_literals();
        router.post(one + "/message-register", "Store a message without sending it", register_message);
        router.post(one + "/send-audio", "Send a recording as the agent", send_audio).error_literals();
        router.post(family + "/message/{type}/{value}", "Send a message as the agent", send_message).error_literals();
    }
}

}  // namespace etapa::api
