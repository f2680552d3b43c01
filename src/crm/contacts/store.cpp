#include "crm/contacts/store.hpp"

#include "base/fold.hpp"
#include "base/problem.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace etapa::contacts {
namespace {

std::optional<Contact> oldest_with(ReadTx& tx, Sql condition, std::string_view value) {
    if (value.empty()) return std::nullopt;
    Query query("SELECT {columns} FROM contact WHERE organization_id = ");
    query.add("", tx.organization()).add(condition, value).add(" AND deleted_at IS NULL ORDER BY id LIMIT 1");
    return tx.first<Contact>(query);
}

template <class T> std::string_view text_of(const std::optional<T>& value) {
    return value ? value->text() : std::string_view();
}

// First and last name are found as one text; nothing else is found across members.
std::string search_text_of(const Contact& contact) {
    std::string text(text_of(contact.first_name));
    text += ' ';
    text += text_of(contact.last_name);
    text += '\n';
    text += text_of(contact.email);
    text += '\n';
    text += text_of(contact.phone_number);
    return fold(text);
}

// Stores what contacts are found by, beside their own columns.
void index(WriteTx& tx, const Contact& contact) {
    const auto digits = digits_of(text_of(contact.phone_number));
    const auto stored = digits.empty() ? std::nullopt : std::optional(digits);
    tx.defer("UPDATE contact SET search_text = $3, phone_digits = $4 WHERE organization_id = $1 AND id = $2",
             tx.organization(), contact.id, search_text_of(contact), stored);
}

}  // namespace

std::optional<Contact> find(ReadTx& tx, const ContactId& id) {
    return tx.first<Contact>(
        "SELECT {columns} FROM contact WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL",
        tx.organization(), id);
}

Contact get(ReadTx& tx, const ContactId& id) {
    if (auto contact = find(tx, id)) return *std::move(contact);
    throw not_found("contact", id.value);
}

Contact lock(WriteTx& tx, const ContactId& id) {
    auto contact = tx.first<Contact>(
        "SELECT {columns} FROM contact WHERE organization_id = $1 AND id = $2 AND deleted_at IS NULL {for_update}",
        tx.organization(), id);
    if (!contact) throw not_found("contact", id.value);
    return *std::move(contact);
}

std::vector<Contact> find_all(ReadTx& tx, const std::vector<ContactId>& ids) {
    if (ids.empty()) return {};
    Query query("SELECT {columns} FROM contact WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids).add(" AND deleted_at IS NULL");
    return tx.all<Contact>(query);
}

std::optional<Contact> find_holder(ReadTx& tx, const ContactId& id) {
    auto holders = find_holders(tx, {id});
    return holders.empty() ? std::nullopt : std::optional(std::move(holders.begin()->second));
}

std::map<ContactId, Contact> find_holders(ReadTx& tx, const std::vector<ContactId>& ids) {
    std::map<ContactId, Contact> holders;
    for (auto& contact : find_all(tx, ids)) holders.emplace(contact.id, contact);
    std::vector<ContactId> buried;
    std::ranges::copy_if(ids, std::back_inserter(buried), [&](const auto& id) { return !holders.contains(id); });
    if (buried.empty()) return holders;
    Query query("SELECT id, merged_into_id FROM contact WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", buried).add(" AND merged_into_id IS NOT NULL");
    const auto passages = tx.all<std::tuple<ContactId, ContactId>>(query);
    std::vector<ContactId> heirs;
    for (const auto& [from, to] : passages) heirs.push_back(to);
    for (const auto& heir : find_all(tx, heirs)) {
        for (const auto& [from, to] : passages) {
            if (to == heir.id) holders.emplace(from, heir);
        }
    }
    return holders;
}

std::vector<ContactId> with_merged(ReadTx& tx, std::vector<ContactId> ids) {
    Query query("SELECT id FROM contact WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND merged_into_id IN", ids).add(" AND deleted_at IS NOT NULL");
    std::ranges::copy(tx.all<ContactId>(query), std::back_inserter(ids));
    return ids;
}

std::string digits_of(std::string_view phone_number) {
    std::string digits;
    std::ranges::copy_if(phone_number, std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
    return digits;
}

std::optional<Contact> find_by_email(ReadTx& tx, const Email& email) {
    return oldest_with(tx, " AND email = ", email.value);
}

std::optional<Contact> find_by_phone_number(ReadTx& tx, std::string_view phone_number) {
    return oldest_with(tx, " AND phone_digits = ", digits_of(phone_number));
}

void claim(WriteTx& tx, const Contact& wanted) {
    const auto take_turns = [&](std::string kind, std::string_view value) {
        if (!value.empty()) tx.take_turns((kind += ' ') += value);
    };
    // Everybody in this order, so that no two wait for each other.
    take_turns("contact external id", text_of(wanted.external_id));
    take_turns("contact e-mail", text_of(wanted.email));
    take_turns("contact phone", digits_of(text_of(wanted.phone_number)));
}

std::optional<Contact> find_same(WriteTx& tx, const Contact& wanted) {
    claim(tx, wanted);
    if (auto same = oldest_with(tx, " AND external_id = ", text_of(wanted.external_id))) return same;
    if (auto same = oldest_with(tx, " AND email = ", text_of(wanted.email))) return same;
    return find_by_phone_number(tx, text_of(wanted.phone_number));
}

Contact insert(WriteTx& tx, Contact contact) {
    contact.id = tx.new_id<ContactId>();
    contact.organization_id = tx.organization();
    contact.created_at = tx.now();
    contact.updated_at = tx.now();
    tx.insert("contact", contact);
    index(tx, contact);
    return contact;
}

void save(WriteTx& tx, const Contact& contact) {
    tx.update("contact", contact);
    index(tx, contact);
}

void attach(WriteTx& tx, const ContactId& id, const Conversation& conversation) {
    tx.defer("UPDATE conversation SET contact_id = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2",
             tx.organization(), conversation.id, id, time_of_change(conversation.updated_at, tx.now()));
}

void bury(WriteTx& tx, const ContactId& id, const std::optional<ContactId>& heir) {
    // Whoever waits to pass something on to this contact passes it on to the heir instead.
    tx.defer(
        "UPDATE contact SET merged_into_id = $3 WHERE organization_id = $1 AND merged_into_id = $2"
        " AND deleted_at IS NOT NULL",
        tx.organization(), id, heir);
    tx.defer(
        "UPDATE contact SET email = NULL, phone_number = NULL, first_name = NULL, last_name = NULL, external_id = NULL,"
        " picture = NULL, metadata = NULL, search_text = '', phone_digits = NULL, deleted_at = $3, merged_into_id = $4"
        " WHERE organization_id = $1 AND id = $2",
        tx.organization(), id, tx.now(), heir);
    tx.defer("DELETE FROM contact_variable WHERE organization_id = $1 AND contact_id = $2", tx.organization(), id);
}

bool pass_on(WriteTx& tx, const ContactId& id, std::int64_t limit) {
    const auto heirs = tx.all<std::optional<ContactId>>(
        "SELECT merged_into_id FROM contact WHERE organization_id = $1 AND id = $2", tx.organization(), id);
    if (heirs.empty()) return true;
    const auto named = tx.all<ConversationId>(
        "SELECT id FROM conversation WHERE organization_id = $1 AND contact_id = $2 ORDER BY id LIMIT $3",
        tx.organization(), id, limit);
    for (const auto& conversation : named) {
        limit -= tx.run(
            "UPDATE message SET contact_id = $4 WHERE organization_id = $1 AND conversation_id = $2 AND id IN"
            " (SELECT id FROM message WHERE organization_id = $1 AND conversation_id = $2 AND contact_id = $3"
            " LIMIT $5)",
            tx.organization(), conversation, id, heirs.front(), limit);
        if (limit <= 0) return false;
        tx.defer("UPDATE conversation SET contact_id = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2",
                 tx.organization(), conversation, heirs.front(), tx.now());
        if (--limit <= 0) return false;
    }
    return true;
}

void erase(WriteTx& tx, const ContactId& id) {
    tx.defer("DELETE FROM contact WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

}  // namespace etapa::contacts
