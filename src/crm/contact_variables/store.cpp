#include "crm/contact_variables/store.hpp"

#include <algorithm>

namespace etapa::contact_variables {

std::vector<ContactVariable> of(ReadTx& tx, const ContactId& contact) {
    return tx.all<ContactVariable>(
        "SELECT {columns} FROM contact_variable WHERE organization_id = $1 AND contact_id = $2"
        " ORDER BY created_at, var_name",
        tx.organization(), contact);
}

std::optional<ContactVariable> find(ReadTx& tx, const ContactId& contact, std::string_view name) {
    return tx.first<ContactVariable>(
        "SELECT {columns} FROM contact_variable WHERE organization_id = $1 AND contact_id = $2 AND var_name = $3",
        tx.organization(), contact, name);
}

void save(WriteTx& tx, const ContactId& contact, const ContactVariable& variable) {
    tx.defer(
        "INSERT INTO contact_variable (organization_id, contact_id, var_name, var_value, source, created_at,"
        " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (organization_id, contact_id, var_name)"
        " DO UPDATE SET var_value = excluded.var_value, source = excluded.source, updated_at = excluded.updated_at",
        tx.organization(), contact, variable.var_name, variable.var_value, variable.source, tx.now());
}

void remove(WriteTx& tx, const ContactId& contact, std::string_view name) {
    tx.defer("DELETE FROM contact_variable WHERE organization_id = $1 AND contact_id = $2 AND var_name = $3",
             tx.organization(), contact, name);
}

void remove_all(WriteTx& tx, const ContactId& contact) {
    tx.defer("DELETE FROM contact_variable WHERE organization_id = $1 AND contact_id = $2", tx.organization(), contact);
}

Inherited inherit(WriteTx& tx, const ContactId& contact, const ContactId& from) {
    const auto known =
        tx.one<std::int64_t>("SELECT count(*) FROM contact_variable WHERE organization_id = $1 AND contact_id = $2",
                             tx.organization(), contact);
    const auto taken = tx.run(
        "UPDATE contact_variable SET contact_id = $2 WHERE organization_id = $1 AND contact_id = $3 AND var_name IN"
        " (SELECT var_name FROM contact_variable WHERE organization_id = $1 AND contact_id = $3 AND var_name NOT IN"
        " (SELECT var_name FROM contact_variable WHERE organization_id = $1 AND contact_id = $2)"
        " ORDER BY created_at, var_name LIMIT $4)",
        tx.organization(), contact, from, std::max<std::int64_t>(count_max - known, 0));
    return {taken, tx.all<std::string>("SELECT var_name FROM contact_variable WHERE organization_id = $1"
                                       " AND contact_id = $2 ORDER BY created_at, var_name",
                                       tx.organization(), from)};
}

}  // namespace etapa::contact_variables
