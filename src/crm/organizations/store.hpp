#pragma once
// The table of organizations.

#include "crm/organizations/organization.hpp"
#include "db/tx.hpp"

#include <vector>

namespace etapa::organizations {

// The caller's own.
Organization get(ReadTx& tx);

// Creates the caller's organization under the id that the caller already carries, so that all that is stored with it in
// the same transaction is bound to it.
Organization create(WriteTx& tx, const Name& name);

// Makes changes that must agree across rows (the last owner, unique names) take turns within the organization.
void lock(WriteTx& tx);

// Whether there is one at all. Crosses organizations: an empty database asks.
bool any(ReadTx& tx);

// Stores one and removes it again, so that the commit succeeds only if the store takes changes.
void touch(WriteTx& tx);

// All of them, oldest first. Crosses organizations: only commands of the operator ask.
std::vector<Organization> list(ReadTx& tx);

}  // namespace etapa::organizations
