// What is done to a conversation: who holds it, its status, priority and AI switch, and that it was read. None of it
// moves the conversation (R16).
#include "api/envelope.hpp"
#include "api/resources.hpp"
#include "base/ranges.hpp"
#include "crm/conversations/store.hpp"
#include "crm/conversations/view.hpp"
#include "crm/messages/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "flow/change.hpp"

#include <array>

namespace etapa::api {
namespace {

// A switch as clients send it: true, false, or a text that says so (API fact 15.16b).
struct Switch {
    JsonValue sent;

    [[nodiscard]] std::optional<bool> value() const {
        if (sent.value == "true" || sent.value == R"("true")") return true;
        if (sent.value == "false" || sent.value == R"("false")") return false;
        return std::nullopt;
    }
};

struct Assigning {
    std::optional<Email> email;
    std::optional<ShortText> id;
    std::optional<ShortText> membership_id;
    std::optional<ShortText> user_id;
    std::optional<ShortText> assignee_id;
    std::optional<JsonValue> force;

    static constexpr std::string_view schema_name = "Assigning";
    static consteval auto fields() {
        return describe(field("email", &Assigning::email, "The member's e-mail address. Exactly one member is named."),
                        field("id", &Assigning::id, "The member's person, or the membership."),
                        field("membershipId", &Assigning::membership_id, "The membership, or the person."),
                        field("userId", &Assigning::user_id, "As `id`, for older clients."),
                        field("assigneeId", &Assigning::assignee_id, "As `id`, for older clients."),
                        field("force", &Assigning::force, "true takes the conversation from whoever else holds it."));
    }
};

struct StatusChange {
    ConversationStatus status = ConversationStatus::unresolved;

    static constexpr std::string_view schema_name = "StatusChange";
    static consteval auto fields() {
        return describe(field("status", &StatusChange::status, "The new status.", required));
    }
};

struct PriorityChange {
    Priority priority = Priority::medium;

    static constexpr std::string_view schema_name = "PriorityChange";
    static consteval auto fields() {
        return describe(field("priority", &PriorityChange::priority, "The new priority.", required));
    }
};

struct AiChange {
    JsonValue enabled;

    static constexpr std::string_view schema_name = "AiChange";
    static consteval auto fields() {
        return describe(field("enabled", &AiChange::enabled, "true or false, also as a text.", required));
    }
};

// What PATCH may change.
struct Settings {
    std::optional<ShortText> title;
    ConversationStatus status = ConversationStatus::unresolved;
    Priority priority = Priority::medium;
    bool is_ai_enabled = true;

    static constexpr std::string_view schema_name = "Conversation";
    static consteval auto fields() {
        return describe(field("title", &Settings::title, "Title."), field("status", &Settings::status, "Status."),
                        field("priority", &Settings::priority, "Priority."),
                        field("isAiEnabled", &Settings::is_ai_enabled, "Whether the AI answers."));
    }
};

// A member as the body names one: in which member of the body, and who it is.
struct Named {
    std::string_view path;
    std::optional<Membership> member;
};

std::vector<Named> named_members(ReadTx& tx, const Assigning& wanted) {
    std::vector<Named> named;
    if (wanted.email) named.push_back({"email", people::find_by_email(tx, *wanted.email)});
    const std::array ids{std::pair("id", &wanted.id), std::pair("membershipId", &wanted.membership_id),
                         std::pair("userId", &wanted.user_id), std::pair("assigneeId", &wanted.assignee_id)};
    for (const auto& [path, id] : ids) {
        if (*id) named.push_back({path, people::find_by_any_id(tx, (*id)->value)});
    }
    return named;
}

MembershipId wanted_member(ReadTx& tx, const Assigning& wanted, BadFields& bad) {
    const auto named = named_members(tx, wanted);
    if (named.empty() && bad.empty()) bad.add("email", "or id or membershipId is required");
    for (std::size_t index = 1; index < named.size(); ++index) {
        bad.add(std::string(named[index].path), "cannot stand beside " + std::string(named.front().path));
    }
    for (const auto& [path, member] : named) {
        if (!member) {
            bad.add(std::string(path), "names no member of the organization");
        } else if (!member->eligible()) {
            bad.add(std::string(path), "names a member who cannot hold conversations now");
        }
    }
    if (wanted.force && !Switch{*wanted.force}.value()) bad.add("force", "must be true or false");
    bad.refuse();
    return named.front().member->id;
}

Done assign_conversation(WriteTx& tx, const ConversationId& id, const New<Assigning>& body) {
    const auto conversation = conversations::lock(tx, id);
    BadFields bad = body.bad();
    const auto member = wanted_member(tx, body.entity(), bad);
    const auto assignments = people::assignments(tx, {id});
    const bool held = contains(assignments, member, &people::Assignment::membership_id);
    const bool force = body.entity().force && Switch{*body.entity().force}.value().value_or(false);
    if (!assignments.empty() && !held && !force) {
        throw conflict("Somebody else holds the conversation; send force to take it over.");
    }
    if (!held || force) flow::change(tx, conversation, conversation, std::vector{member});
    return {.message = "Conversation Assigned."};
}

Done unassign_conversation(WriteTx& tx, const ConversationId& id) {
    const auto conversation = conversations::lock(tx, id);
    flow::change(tx, conversation, conversation, std::vector<MembershipId>{});
    return {.message = "Conversation unassigned."};
}

Done change_status(WriteTx& tx, const ConversationId& id, ConversationStatus status) {
    const auto before = conversations::lock(tx, id);
    Conversation after = before;
    after.status = status;
    flow::change(tx, before, std::move(after));
    return {.message = "Conversation Status changed."};
}

Done set_status(WriteTx& tx, const ConversationId& id, const New<StatusChange>& body) {
    body.bad().refuse();
    return change_status(tx, id, body.entity().status);
}

Done resolve(WriteTx& tx, const ConversationId& id) { return change_status(tx, id, ConversationStatus::resolved); }

// The AI stays as it is: a status is no gate (R81, R82).
Done request_human(WriteTx& tx, const ConversationId& id) {
    return change_status(tx, id, ConversationStatus::human_requested);
}

Done set_priority(WriteTx& tx, const ConversationId& id, const New<PriorityChange>& body) {
    body.bad().refuse();
    const auto before = conversations::lock(tx, id);
    Conversation after = before;
    after.priority = body.entity().priority;
    flow::change(tx, before, std::move(after));
    return {.message = "Conversation Priority changed."};
}

// Messages that came in while it was off stay unanswered (R84).
Done set_ai_enabled(WriteTx& tx, const ConversationId& id, const New<AiChange>& body) {
    BadFields bad = body.bad();
    const auto enabled = Switch{body.entity().enabled}.value();
    if (!enabled && !bad.names("enabled")) bad.add("enabled", "must be true or false");
    bad.refuse();
    const auto before = conversations::lock(tx, id);
    Conversation after = before;
    after.is_ai_enabled = *enabled;
    flow::change(tx, before, std::move(after));
    return {.message = *enabled ? "AI is On." : "AI is Off."};
}

ConversationView update_conversation(WriteTx& tx, const ConversationId& id, const Patch<Settings>& patch) {
    patch.bad().refuse();
    const auto before = conversations::lock(tx, id);
    const auto wanted = patch.applied_to({before.title, before.status, before.priority, before.is_ai_enabled});
    Conversation after = before;
    after.title = wanted.title;
    after.status = wanted.status;
    after.priority = wanted.priority;
    after.is_ai_enabled = wanted.is_ai_enabled;
    flow::change(tx, before, std::move(after));
    return conversations::view(tx, conversations::get(tx, id));
}

Done read_messages(WriteTx& tx, const ConversationId& id) {
    const auto before = conversations::lock(tx, id);
    messages::mark_read(tx, id, before.unread_messages_count);
    Conversation after = before;
    after.unread_messages_count = 0;
    flow::change(tx, before, std::move(after));
    return {.message = "Conversation read."};
}

Done delete_conversation(WriteTx& tx, const ConversationId& id) {
    flow::remove(tx, conversations::lock(tx, id));
    return {.message = "Conversation deleted."};
}

}  // namespace

void conversation_actions(Router& router) {
    router.resource("Conversations");
    for (const std::string_view family : {"/conversation/{id}", "/conversations/{id}"}) {
        const std::string one(family);
        router.patch(one, "Change title, status, priority or AI switch of a conversation", update_conversation);
        router.del(one, "Delete a conversation with everything that belongs to it", delete_conversation);
        router.post(one + "/assign", "Give a conversation to a member", assign_conversation);
        router.post(one + "/unassign", "Take a conversation from whoever holds it", unassign_conversation);
        router.post(one + "/set-status", "Set a conversation's status", set_status);
        router.post(one + "/update-status", "Set a conversation's status", set_status);
        router.post(one + "/resolve", "Set a conversation's status to RESOLVED", resolve);
        router.post(one + "/request-human", "Set a conversation's status to HUMAN_REQUESTED", request_human);
        router.post(one + "/set-priority", "Set a conversation's priority", set_priority);
        router.post(one + "/set-ai-enabled", "Turn the AI of a conversation on or off", set_ai_enabled);
        router.post(one + "/read", "Mark a conversation's messages as read", read_messages);
    }
}

}  // namespace etapa::api
