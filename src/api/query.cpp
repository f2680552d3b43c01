// What an end user asks an agent: one turn of a conversation (API facts 3).
#include "api/end_user.hpp"
#include "api/event_stream.hpp"
#include "api/outbound.hpp"
#include "api/resources.hpp"
#include "crm/agents/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/jobs/store.hpp"
#include "flow/receive.hpp"
#include "work/answer_query.hpp"

namespace etapa::api {
namespace {

struct Question {
    LongText query;
    bool streaming = false;
    std::optional<ShortText> conversation_id;  // existing clients send empty texts for ids that they do not have
    std::optional<ShortText> contact_id;
    std::optional<EndUser> contact;
    std::optional<ShortText> visitor_id;
    std::optional<std::vector<Attachment>> attachments;
    std::optional<double> temperature;
    std::optional<ShortText> model_name;
    std::optional<double> presence_penalty;
    std::optional<double> frequency_penalty;
    std::optional<double> top_p;
    std::optional<JsonObject> filters;
    std::optional<LongText> system_prompt;
    std::optional<JsonValue> context;
    std::optional<Url> callback_url;

    static constexpr std::string_view schema_name = "Question";
    static consteval auto fields() {
        return describe(
            field("query", &Question::query, "What the end user says.", required),
            field("streaming", &Question::streaming, "Whether the answer comes as server-sent events."),
            field("conversationId", &Question::conversation_id,
                  "Conversation to go on with; an unknown one begins a new conversation, which this text then names."),
            field("contactId", &Question::contact_id, "The end user as a known contact."),
            field("contact", &Question::contact,
                  "The end user: found by userId, e-mail address or phone number, else created; before contactId."),
            field("visitorId", &Question::visitor_id, "The end user as a visitor; generated when absent."),
            field("attachments", &Question::attachments, "Files that go with it."),
            field("temperature", &Question::temperature, "For the model, from 0 to 1."),
            field("modelName", &Question::model_name, "Model instead of the agent's."),
            field("presencePenalty", &Question::presence_penalty, "For the model, from -2 to 2."),
            field("frequencyPenalty", &Question::frequency_penalty, "For the model, from -2 to 2."),
            field("topP", &Question::top_p, "For the model."),
            field("filters", &Question::filters, "Which sources the model may use."),
            field("systemPrompt", &Question::system_prompt, "Instruction instead of the agent's."),
            field("context", &Question::context, "More that the model should know."),
            field("callbackURL", &Question::callback_url,
                  "Where the answer is sent later, as JSON; then this call answers 202 at once."));
    }
};

struct Answered {
    ConversationId conversation_id;
    std::string visitor_id;

    static constexpr std::string_view schema_name = "QueryAnswer";
    static consteval auto fields() {
        return describe(field("conversationId", &Answered::conversation_id, "The conversation."),
                        field("visitorId", &Answered::visitor_id, "The end user as a visitor."));
    }
};

// Without a model there is no text to stream: the whole answer comes in one frame.
struct Reply {
    using Shape = Answered;
    Answered answer;
    bool streaming = false;
    bool later = false;

    void write(net::Response& response) const {
        constexpr int accepted = 202;
        if (later) response.status = accepted;
        if (later || !streaming) return json::append(response.body, answer);
        become_event_stream(response);
        response.body = "event: endpoint_response\ndata: ";
        json::append(response.body, answer);
        response.body += "\n\ndata: [DONE]\n\n";
    }
};

bool is_given(const std::optional<ShortText>& id) { return id && !id->blank(); }

void check_range(const std::optional<double>& value, double least, double most, const std::string& path,
                 BadFields& bad) {
    if (value && (*value < least || *value > most)) {
        bad.add(path, least < 0 ? "must be a number from -2 to 2" : "must be a number from 0 to 1");
    }
}

void check(ReadTx& tx, const Question& question, const Outbound& outbound, BadFields& bad) {
    const bool has_files = question.attachments && !question.attachments->empty();
    if (!bad.names("query") && question.query.blank() && !has_files) bad.add("query", "must not be blank");
    const auto& callback = question.callback_url;
    if (callback && !outbound.permits(*callback)) {
        bad.add("callbackURL", std::string(not_permitted));
    }
    check_range(question.temperature, 0, 1, "temperature", bad);
    check_range(question.presence_penalty, -2, 2, "presencePenalty", bad);
    check_range(question.frequency_penalty, -2, 2, "frequencyPenalty", bad);
    if (is_given(question.contact_id) && !contacts::find(tx, {question.contact_id->value})) {
        bad.add("contactId", "names no contact");
    }
}

flow::Inbound inbound_of(const AgentId& agent, const Question& question) {
    flow::Inbound inbound;
    inbound.agent = agent;
    if (is_given(question.conversation_id)) {
        inbound.conversation = ConversationId{question.conversation_id->value};
        inbound.thread = Thread{agent.value, question.conversation_id->value};
    }
    if (question.contact) inbound.end_user = contact_of(*question.contact);
    if (is_given(question.contact_id)) inbound.contact = ContactId{question.contact_id->value};
    if (is_given(question.visitor_id)) inbound.visitor_id = question.visitor_id;
    inbound.text = question.query.value;
    inbound.attachments = question.attachments;
    return inbound;
}

void answer_later(WriteTx& tx, const Url& url, const MessageId& asked, const Answered& answer) {
    const work::QueryCallback callback{url, JsonObject{json::to_text(answer)}};
    const auto key = std::string(work::answer_query_key) + asked.value;
    const auto host = url.host();
    jobs::schedule_outside(tx, {work::answer_query_job, key, host, tx.now(), {json::to_text(callback)}},
                           jobs::Known::kept);
}

Reply ask(WriteTx& tx, const AgentId& id_or_handle, const New<Question>& body, const Outbound& outbound) {
    const auto agent = agents::get(tx, agents::resolve(tx, id_or_handle)).id;
    BadFields bad = body.bad();
    check(tx, body.entity(), outbound, bad);
    bad.refuse();
    const auto& question = body.entity();
    const auto received = flow::receive(tx, inbound_of(agent, question));
    const Answered answer{received.conversation, received.visitor_id};
    if (question.callback_url) answer_later(tx, *question.callback_url, received.message, answer);
    return {answer, question.streaming, question.callback_url.has_value()};
}

}  // namespace

void query(Router& router) {
    router.resource("Agents");
    router.post("/agents/{id}/query", "Say something to an agent as the end user", ask)
        .or_answers(200, event_stream_type)
        .or_answers(202, "application/json");
}

}  // namespace etapa::api
