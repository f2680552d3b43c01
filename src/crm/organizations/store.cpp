#include "crm/organizations/store.hpp"

#include "base/problem.hpp"

namespace etapa::organizations {

Organization get(ReadTx& tx) {
    auto organization = tx.first<Organization>("SELECT {columns} FROM organization WHERE id = $1", tx.organization());
    if (!organization) throw not_found("organization", tx.organization().value);
    return *std::move(organization);
}

Organization create(WriteTx& tx, const Name& name) {
    const Organization organization{.id = tx.organization(), .name = name, .created_at = tx.now()};
    tx.insert("organization", organization);
    return organization;
}

void lock(WriteTx& tx) {
    tx.first<OrganizationId>("SELECT id FROM organization WHERE id = $1 {for_update}", tx.organization());
}

bool any(ReadTx& tx) { return tx.one<bool>("SELECT EXISTS (SELECT 1 FROM organization)"); }

// An update that changes nothing would not do: SQLite writes no page that it does not change.
void touch(WriteTx& tx) {
    const auto id = tx.new_id<OrganizationId>();
    tx.defer("INSERT INTO organization (id, name, created_at) VALUES ($1, '', $2)", id, tx.now());
    tx.run("DELETE FROM organization WHERE id = $1", id);
}

std::vector<Organization> list(ReadTx& tx) {
    return tx.all<Organization>("SELECT {columns} FROM organization ORDER BY created_at, id");
}

}  // namespace etapa::organizations
