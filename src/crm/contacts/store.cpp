#include "crm/contacts/store.hpp"

#include "base/problem.hpp"

namespace etapa::contacts {
namespace {

template <class T> std::optional<Contact> oldest_with(ReadTx& tx, Sql condition, const std::optional<T>& value) {
    if (!value || value->text().empty()) return std::nullopt;
    Query query("SELECT {columns} FROM contact WHERE organization_id = ");
    query.add("", tx.organization()).add(condition, *value).add(" ORDER BY id LIMIT 1");
    return tx.first<Contact>(query);
}

}  // namespace

std::optional<Contact> find(ReadTx& tx, const ContactId& id) {
    return tx.first<Contact>("SELECT {columns} FROM contact WHERE organization_id = $1 AND id = $2", tx.organization(),
                             id);
}

Contact get(ReadTx& tx, const ContactId& id) {
    if (auto contact = find(tx, id)) return *std::move(contact);
    throw not_found("contact", id.value);
}

std::vector<Contact> find_all(ReadTx& tx, const std::vector<ContactId>& ids) {
    if (ids.empty()) return {};
    Query query("SELECT {columns} FROM contact WHERE organization_id = ");
    query.add("", tx.organization()).add_list(" AND id IN", ids);
    return tx.all<Contact>(query);
}

std::optional<Contact> find_same(ReadTx& tx, const Contact& wanted) {
    if (auto same = oldest_with(tx, " AND external_id = ", wanted.external_id)) return same;
    if (auto same = oldest_with(tx, " AND email = ", wanted.email)) return same;
    return oldest_with(tx, " AND phone_number = ", wanted.phone_number);
}

Contact insert(WriteTx& tx, Contact contact) {
    contact.id = tx.new_id<ContactId>();
    contact.organization_id = tx.organization();
    contact.created_at = tx.now();
    contact.updated_at = tx.now();
    tx.insert("contact", contact);
    return contact;
}

}  // namespace etapa::contacts
