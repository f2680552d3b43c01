// The conversations: their creation, one of them, and pages of them.
#include "api/end_user.hpp"
#include "api/envelope.hpp"
#include "api/resources.hpp"
#include "crm/agents/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/page.hpp"
#include "crm/conversations/store.hpp"
#include "crm/conversations/view.hpp"
#include "crm/events/store.hpp"
#include "crm/placements/store.hpp"

namespace etapa::api {
namespace {

struct NewConversation {
    std::optional<AgentId> agent_id;
    std::optional<ContactId> contact_id;
    std::optional<EndUser> contact;
    Channel channel = Channel::api;
    ConversationStatus status = ConversationStatus::unresolved;
    Priority priority = Priority::medium;
    std::optional<ShortText> title;
    std::optional<ShortText> visitor_id;
    bool is_ai_enabled = true;

    static constexpr std::string_view schema_name = "Conversation";
    static consteval auto fields() {
        return describe(
            field("agentId", &NewConversation::agent_id, "Agent that answers."),
            field("contactId", &NewConversation::contact_id, "The end user as a known contact."),
            field("contact", &NewConversation::contact,
                  "The end user instead of contactId: found by userId, e-mail address or phone number, else created."),
            field("channel", &NewConversation::channel, "Where the end user writes; api when absent."),
            field("status", &NewConversation::status, "UNRESOLVED when absent."),
            field("priority", &NewConversation::priority, "MEDIUM when absent."),
            field("title", &NewConversation::title, "Title."),
            field("visitorId", &NewConversation::visitor_id, "The end user as a visitor."),
            field("isAiEnabled", &NewConversation::is_ai_enabled, "Whether the AI answers; true when absent."));
    }
};

// A conversation as a row of history.
struct HistoryRow {
    ConversationId id;
    Channel channel = Channel::api;
    ConversationStatus status = ConversationStatus::unresolved;
    Time created_at;
    Time updated_at;

    static consteval auto fields() {
        return describe(field("id", &HistoryRow::id, "The conversation."),
                        field("channel", &HistoryRow::channel, "Where the end user writes."),
                        field("status", &HistoryRow::status, "Its status."),
                        field("createdAt", &HistoryRow::created_at, "When it was created."),
                        field("updatedAt", &HistoryRow::updated_at, "When it was last changed."));
    }
};

struct Counts {
    std::int64_t total = 0;
    std::map<std::string, std::int64_t> by_status;
    std::int64_t active = 0;
    std::map<std::string, std::int64_t> by_scenario;
    std::map<std::string, std::int64_t> by_step;

    static constexpr std::string_view schema_name = "ConversationCounts";
    static consteval auto fields() {
        return describe(field("total", &Counts::total, "All conversations."),
                        field("byStatus", &Counts::by_status, "How many have each status."),
                        field("active", &Counts::active, "Those that are active in a scenario."),
                        field("byScenario", &Counts::by_scenario, "How many are active in each scenario."),
                        field("byStep", &Counts::by_step, "How many are active in each step."));
    }
};

void check_references(ReadTx& tx, const NewConversation& wanted, BadFields& bad) {
    if (wanted.agent_id && !agents::exists(tx, *wanted.agent_id)) bad.add("agentId", "names no agent");
    if (wanted.contact_id && !contacts::find(tx, *wanted.contact_id)) bad.add("contactId", "names no contact");
    if (wanted.contact_id && wanted.contact) bad.add("contact", "cannot stand beside contactId");
}

ContactId find_or_create(WriteTx& tx, const EndUser& user) {
    Contact contact = contact_of(user);
    if (const auto known = contacts::find_same(tx, contact)) return known->id;
    contact = contacts::insert(tx, contact);
    events::publish_created(tx, "contact.created", contact);
    return contact.id;
}

Conversation insert(WriteTx& tx, const NewConversation& wanted) {
    Conversation conversation;
    conversation.id = tx.new_id<ConversationId>();
    conversation.organization_id = tx.organization();
    conversation.created_at = tx.now();
    conversation.updated_at = tx.now();
    conversation.agent_id = wanted.agent_id;
    conversation.contact_id = wanted.contact ? find_or_create(tx, *wanted.contact) : wanted.contact_id;
    conversation.channel = wanted.channel;
    conversation.status = wanted.status;
    conversation.priority = wanted.priority;
    conversation.title = wanted.title;
    conversation.visitor_id = wanted.visitor_id;
    conversation.is_ai_enabled = wanted.is_ai_enabled;
    conversations::insert(tx, conversation);
    events::publish_created(tx, "conversation.created", conversation);
    return conversation;
}

Created<ConversationView> create_conversation(WriteTx& tx, const New<NewConversation>& body) {
    BadFields bad = body.bad();
    check_references(tx, body.entity(), bad);
    bad.refuse();
    return {conversations::view(tx, insert(tx, body.entity()))};
}

ConversationView read_conversation(ReadTx& tx, const ConversationId& id) {
    return conversations::view(tx, conversations::get(tx, id));
}

std::vector<ConversationView> list_conversations(ReadTx& tx, const conversations::Wanted& wanted) {
    return conversations::views(tx, conversations::page(tx, wanted));
}

Enveloped<std::vector<HistoryRow>> list_history(ReadTx& tx, const conversations::Wanted& wanted) {
    Enveloped<std::vector<HistoryRow>> history;
    for (const auto& one : conversations::page(tx, wanted)) {
        history.data.push_back({one.id, one.channel, one.status, one.created_at, one.updated_at});
    }
    return history;
}

Enveloped<Counts> count_conversations(ReadTx& tx) {
    Counts counts;
    counts.by_status = conversations::counts_by_status(tx);
    for (const auto& [status, count] : counts.by_status) counts.total += count;
    for (const auto& [scenario, step, count] : placements::active_counts(tx)) {
        counts.active += count;
        counts.by_scenario[scenario.value] += count;
        counts.by_step[step.value] += count;
    }
    return {.data = std::move(counts)};
}

}  // namespace

void conversations(Router& router) {
    router.resource("Conversations", "Threads with one end user on one channel.");
    for (const std::string_view path : {"/conversation", "/conversations"}) {
        router.post(path, "Create a conversation", create_conversation);
        router.get(path, "List conversations, newest first", list_conversations);
        router.get(std::string(path) + "/history", "List conversations, newest first, in brief", list_history);
    }
    for (const std::string_view path : {"/conversation/{id}", "/conversations/{id}"}) {
        router.get(path, "Show a conversation", read_conversation);
    }
    router.get("/crm/conversation/count", "Count the conversations by status, scenario and step", count_conversations);
}

}  // namespace etapa::api
