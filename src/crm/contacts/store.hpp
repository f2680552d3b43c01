#pragma once
// The table of contacts.

#include "crm/contacts/contact.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::contacts {

std::optional<Contact> find(ReadTx& tx, const ContactId& id);
Contact get(ReadTx& tx, const ContactId& id);
std::vector<Contact> find_all(ReadTx& tx, const std::vector<ContactId>& ids);

// The contact that is the same person as `wanted`: with its external id, else its e-mail address, else its phone
// number; of several the oldest.
std::optional<Contact> find_same(ReadTx& tx, const Contact& wanted);

// Stores a new contact; id and times are set here.
Contact insert(WriteTx& tx, Contact contact);

}  // namespace etapa::contacts
