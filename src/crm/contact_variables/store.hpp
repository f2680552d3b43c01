#pragma once
// The table of contact variables: a row for each name, so that writes of different names never meet.

#include "crm/contact_variables/variable.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::contact_variables {

inline constexpr std::int64_t count_max = 200;  // of a contact

// Oldest first.
std::vector<ContactVariable> of(ReadTx& tx, const ContactId& contact);
std::optional<ContactVariable> find(ReadTx& tx, const ContactId& contact, std::string_view name);

void save(WriteTx& tx, const ContactId& contact, const ContactVariable& variable);
void remove(WriteTx& tx, const ContactId& contact, std::string_view name);
void remove_all(WriteTx& tx, const ContactId& contact);
struct Inherited {
    std::int64_t taken = 0;
    std::vector<std::string> left;  // names that were taken, or are beyond `count_max`
};
// Gives a contact those of another whose names it does not have, the oldest first, as far as there is room.
Inherited inherit(WriteTx& tx, const ContactId& contact, const ContactId& from);

}  // namespace etapa::contact_variables
