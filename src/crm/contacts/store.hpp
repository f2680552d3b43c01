#pragma once
// The table of contacts. A buried contact is gone for every function here, even while a job still clears what names it.
// Who follows that name meanwhile asks for the holder.

#include "crm/contacts/contact.hpp"
#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::contacts {

std::optional<Contact> find(ReadTx& tx, const ContactId& id);
Contact get(ReadTx& tx, const ContactId& id);
Contact lock(WriteTx& tx, const ContactId& id);
std::vector<Contact> find_all(ReadTx& tx, const std::vector<ContactId>& ids);

// Whose everything is that names `id`: the contact itself, its heir when it was merged, nobody when it was deleted.
std::optional<Contact> find_holder(ReadTx& tx, const ContactId& id);
// The same for many, by the id that they are named by; those that are nobody's are left out.
std::map<ContactId, Contact> find_holders(ReadTx& tx, const std::vector<ContactId>& ids);
// These contacts, and those merged into them that something may still name.
std::vector<ContactId> with_merged(ReadTx& tx, std::vector<ContactId> ids);

// What phone numbers are compared by: `+49 30 1` and `49301` are the same one. Empty when there is no digit.
std::string digits_of(std::string_view phone_number);

// The oldest contact with this address or number.
std::optional<Contact> find_by_email(ReadTx& tx, const Email& email);
std::optional<Contact> find_by_phone_number(ReadTx& tx, std::string_view phone_number);
// Whoever wants to store a contact with the same external id, e-mail address or phone number waits from here on until
// this transaction has ended, and finds what it has stored.
void claim(WriteTx& tx, const Contact& wanted);
// Claims, and finds the contact that is the same person as `wanted`: with its external id, else its e-mail address,
// else its phone number; of several the oldest.
std::optional<Contact> find_same(WriteTx& tx, const Contact& wanted);

// Stores a new contact; id and times are set here.
Contact insert(WriteTx& tx, Contact contact);
// Stores a known contact again.
void save(WriteTx& tx, const Contact& contact);

// The contact is the end user of the conversation from now on.
void attach(WriteTx& tx, const ContactId& id, const Conversation& conversation);

// Makes it a tombstone that keeps no personal data. What names it passes to `heir`, or to nobody.
void bury(WriteTx& tx, const ContactId& id, const std::optional<ContactId>& heir);
// Passes up to `limit` conversations and messages of a buried contact on; true when none is left.
bool pass_on(WriteTx& tx, const ContactId& id, std::int64_t limit);
void erase(WriteTx& tx, const ContactId& id);

}  // namespace etapa::contacts
