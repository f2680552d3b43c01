#include "crm/contacts/page.hpp"

#include "base/fold.hpp"
#include "base/ranges.hpp"
#include "crm/contacts/store.hpp"
#include "crm/tags/store.hpp"

#include <algorithm>

namespace etapa::contacts {
namespace {

// A pattern that finds `part` anywhere; what LIKE gives a meaning to is marked as itself.
std::string anywhere(std::string_view part) {
    std::string pattern = "%";
    for (const char c : part) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + '%';
}

// A text that can only be a part of a phone number, which may be spaced otherwise than the stored one.
bool is_phone_part(std::string_view text) {
    return !digits_of(text).empty() && text.find_first_not_of("0123456789 +-()./") == std::string_view::npos;
}

// The members of a contact stand on lines of their own, so that nothing is found across them.
std::string on_one_line(std::string_view part) {
    std::string line(part);
    std::ranges::replace(line, '\n', ' ');
    return line;
}

void add_search(Query& query, const std::optional<Text<200>>& search) {
    const auto part = search ? trimmed(search->text()) : std::string_view();
    if (part.empty()) return;
    query.add(" AND (search_text LIKE ", anywhere(fold(on_one_line(part)))).add(" ESCAPE '\\'");
    if (is_phone_part(part)) query.add(" OR phone_digits LIKE ", anywhere(digits_of(part)));
    query.add(")");
}

void add_presence(Query& query, std::optional<bool> wanted, Sql present, Sql absent) {
    if (wanted) query.add(*wanted ? present : absent);
}

std::vector<std::string> tags_of(const Wanted& wanted) {
    std::vector<std::string> tags;
    for (const auto& item : wanted.tags) {
        std::string_view rest = item.value;
        if (contains(rest, ',')) tags.emplace_back(trimmed(rest));  // perhaps all of it is the name of one
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            const auto tag = trimmed(rest.substr(0, comma));
            if (!tag.empty()) tags.emplace_back(tag);
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return tags;
}

void add_tags(Query& query, const std::vector<std::string>& names) {
    if (names.empty()) return;
    query
        .add_list(
            " AND EXISTS (SELECT 1 FROM conversation_tag AS tagged WHERE tagged.organization_id ="
            " conversation.organization_id AND tagged.conversation_id = conversation.id AND tagged.tag IN",
            names)
        .add(tags::is_listed)
        .add(")");
}

// Active means what it means for the list of conversations: available, and neither step nor scenario is deleted.
void add_placement(Query& query, const Wanted& wanted) {
    if (!wanted.crm_scenario && !wanted.crm_step) return;
    query
        .add(
            " AND EXISTS (SELECT 1 FROM placement AS placed"
            " JOIN step ON step.organization_id = placed.organization_id AND step.id = placed.step_id"
            " AND step.deleted_at IS NULL"
            " JOIN scenario ON scenario.organization_id = placed.organization_id AND scenario.id = placed.scenario_id"
            " AND scenario.deleted_at IS NULL"
            " WHERE placed.organization_id = conversation.organization_id"
            " AND placed.conversation_id = conversation.id AND placed.available")
        .add_if(" AND placed.scenario_id = ", wanted.crm_scenario)
        .add_if(" AND placed.step_id = ", wanted.crm_step)
        .add(")");
}

void add_agent(Query& query, const std::optional<AgentId>& agent) {
    if (!agent) return;
    query.add(" AND conversation.agent_id = ", *agent)
        .add(
            " AND EXISTS (SELECT 1 FROM agent WHERE agent.organization_id = conversation.organization_id"
            " AND agent.id = conversation.agent_id AND agent.deleted_at IS NULL)");
}

void add_conversation(Query& query, const Wanted& wanted) {
    const auto tags = tags_of(wanted);
    if (tags.empty() && !wanted.crm_scenario && !wanted.crm_step && !wanted.conversation_status && !wanted.agent &&
        !wanted.priority && !wanted.channel) {
        return;
    }
    query
        .add(
            " AND EXISTS (SELECT 1 FROM conversation WHERE conversation.organization_id = contact.organization_id"
            " AND conversation.contact_id = contact.id AND conversation.deleted_at IS NULL")
        .add_if(" AND conversation.status = ", wanted.conversation_status)
        .add_if(" AND conversation.priority = ", wanted.priority)
        .add_if(" AND conversation.channel = ", wanted.channel);
    add_agent(query, wanted.agent);
    add_tags(query, tags);
    add_placement(query, wanted);
    query.add(")");
}

void add_filters(ReadTx& tx, Query& query, const Wanted& wanted) {
    query.add(" FROM contact WHERE organization_id = ", tx.organization())
        .add(" AND deleted_at IS NULL")
        .add_if(" AND created_at >= ", wanted.start_date)
        .add_if(" AND created_at <= ", wanted.end_date);
    add_presence(query, wanted.has_email, " AND email IS NOT NULL", " AND email IS NULL");
    add_presence(query, wanted.has_phone, " AND COALESCE(phone_number, '') <> ''",
                 " AND COALESCE(phone_number, '') = ''");
    add_search(query, wanted.search);
    add_conversation(query, wanted);
}

}  // namespace

std::vector<Contact> page(ReadTx& tx, const Wanted& wanted) {
    Query query("SELECT {columns}");
    add_filters(tx, query, wanted);
    query.add(" ORDER BY created_at DESC, id DESC LIMIT ", wanted.limit).add(" OFFSET ", wanted.offset);
    return tx.all<Contact>(query);
}

std::int64_t count(ReadTx& tx, const Wanted& wanted) {
    Query query("SELECT count(*)");
    add_filters(tx, query, wanted);
    return tx.one<std::int64_t>(query);
}

std::vector<Conversation> conversations_of(ReadTx& tx, const ContactId& id, const WantedConversations& wanted) {
    Query query("SELECT {columns} FROM conversation WHERE organization_id = ");
    query.add("", tx.organization())
        .add_list(" AND contact_id IN", with_merged(tx, {id}))
        .add(" AND deleted_at IS NULL");
    if (wanted.cursor) {
        query.add(" AND (created_at, id) < (", wanted.cursor->created_at).add(", ", wanted.cursor->id).add(")");
    }
    query.add(" ORDER BY created_at DESC, id DESC LIMIT ", wanted.limit);
    return tx.all<Conversation>(query);
}

Belongings belongings_of(ReadTx& tx, const std::vector<ContactId>& ids) {
    constexpr std::int64_t counted_max = 100'000;
    const auto counted = [&](Sql what) {
        Query query("SELECT count(*) FROM (SELECT 1 AS one FROM ");
        query.add(what).add(".organization_id = ", tx.organization());
        return query;
    };
    Query conversations = counted("conversation WHERE conversation");
    Query messages = counted(
        "conversation JOIN message ON message.organization_id = conversation.organization_id"
        " AND message.conversation_id = conversation.id WHERE conversation");
    for (Query* query : {&conversations, &messages}) {
        query->add_list(" AND conversation.contact_id IN", ids)
            .add(" AND conversation.deleted_at IS NULL LIMIT ", counted_max)
            .add(") AS counted");
    }
    Query variables = counted("contact_variable WHERE contact_variable");
    variables.add_list(" AND contact_id IN", ids).add(") AS counted");
    return {tx.one<std::int64_t>(conversations), tx.one<std::int64_t>(messages), tx.one<std::int64_t>(variables)};
}

}  // namespace etapa::contacts
