#include "flow/placeholders.hpp"

#include "crm/contacts/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "crm/tags/store.hpp"
#include "crm/variables/store.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace etapa::flow {
namespace {

template <class T> std::string text_or_nothing(const std::optional<T>& value) { return value ? value->value : ""; }

Contact contact_of(ReadTx& tx, const Subject& subject) {
    const auto& id = subject.conversation.contact_id;
    return id ? contacts::find_holder(tx, *id).value_or(Contact{}) : Contact{};
}

std::string user_name(ReadTx& tx, const Subject& subject) {
    const auto contact = contact_of(tx, subject);
    const auto name = text_or_nothing(contact.first_name) + ' ' + text_or_nothing(contact.last_name);
    return std::string(trimmed(name));
}

std::string user_email(ReadTx& tx, const Subject& subject) { return text_or_nothing(contact_of(tx, subject).email); }

std::string user_phone_number(ReadTx& tx, const Subject& subject) {
    return text_or_nothing(contact_of(tx, subject).phone_number);
}

std::string conversation_id(ReadTx&, const Subject& subject) { return subject.conversation.id.value; }

std::string channel(ReadTx&, const Subject& subject) { return std::string(name_of(subject.conversation.channel)); }

std::string created_at(ReadTx&, const Subject& subject) { return to_iso8601(subject.conversation.created_at); }

std::string status(ReadTx&, const Subject& subject) { return std::string(name_of(subject.conversation.status)); }

std::string priority(ReadTx&, const Subject& subject) { return std::string(name_of(subject.conversation.priority)); }

std::string assignee_email(ReadTx& tx, const Subject& subject) {
    const auto assignments = people::assignments(tx, {subject.conversation.id});
    if (assignments.empty()) return {};
    const auto member = people::find(tx, assignments.front().membership_id);
    return member ? member->email.value : "";
}

std::string total_messages(ReadTx& tx, const Subject& subject) {
    return std::to_string(messages::count(tx, subject.conversation.id));
}

std::string frustration_level(ReadTx&, const Subject& subject) {
    constexpr double percent = 100;
    return std::to_string(std::lround(subject.conversation.frustration * percent));
}

std::string conversation_tags(ReadTx& tx, const Subject& subject) {
    std::string list;
    for (const auto& one : tags::of(tx, {subject.conversation.id})) list += (list.empty() ? "" : ", ") + one.tag;
    return list;
}

std::string scenario_id(ReadTx&, const Subject& subject) { return subject.step.scenario_id.value; }

std::string scenario_name(ReadTx&, const Subject& subject) { return std::string(subject.scenario_name); }

std::string step_id(ReadTx&, const Subject& subject) { return subject.step.id.value; }

std::string step_name(ReadTx&, const Subject& subject) { return subject.step.name.value; }

std::string today(ReadTx& tx, const Subject&) {
    constexpr std::size_t date_length = std::string_view("2026-02-20").size();
    return to_iso8601(tx.now()).substr(0, date_length);
}

struct Placeholder {
    std::string_view name;
    std::string (*value)(ReadTx& tx, const Subject& subject);
};

// Those of the documented ones that have a value here; the others, about advertisements, a summary, are empty.
constexpr std::array placeholders{
    Placeholder{"user-name", user_name},
    Placeholder{"user-email", user_email},
    Placeholder{"user-phone-number", user_phone_number},
    Placeholder{"conversation-id", conversation_id},
    Placeholder{"conversation-channel", channel},
    Placeholder{"channel", channel},
    Placeholder{"created-at", created_at},
    Placeholder{"status", status},
    Placeholder{"priority", priority},
    Placeholder{"assignee-email", assignee_email},
    Placeholder{"total-messages", total_messages},
    Placeholder{"frustration-level", frustration_level},
    Placeholder{"conversation-tags", conversation_tags},
    Placeholder{"scenario-id", scenario_id},
    Placeholder{"scenario-name", scenario_name},
    Placeholder{"step-id", step_id},
    Placeholder{"step-name", step_name},
    Placeholder{"today", today},
};

std::string value_of(ReadTx& tx, const Subject& subject, std::string_view name) {
    const auto known = std::ranges::find(placeholders, name, &Placeholder::name);
    if (known != placeholders.end()) return known->value(tx, subject);
    const auto variable = variables::find(tx, subject.conversation.id, name);
    return variable ? variable->var_value : "";
}

}  // namespace

std::string filled(ReadTx& tx, const Subject& subject, std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto brace = std::min(text.find_first_of("{}"), text.size());
        out += text.substr(0, brace);
        text.remove_prefix(brace);
        const auto braces = text.substr(0, std::min(text.find_first_not_of("{}"), text.size()));
        const bool opens = braces.ends_with('{');
        text.remove_prefix(braces.size());
        const auto end = text.find_first_of("{}");
        if (!opens || end == std::string_view::npos || text[end] != '}') continue;
        for (const char letter : value_of(tx, subject, trimmed(text.substr(0, end)))) {
            if (letter != '{' && letter != '}') out += letter;
        }
        text.remove_prefix(end);
    }
    return out;
}

}  // namespace etapa::flow
