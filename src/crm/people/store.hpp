#pragma once
// The table of memberships, and the users behind them. A removed member is gone for every function here, even while a
// job still clears what was assigned to them. Loads and assignments: load.hpp.

#include "crm/people/membership.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace etapa::people {

std::optional<Membership> find(ReadTx& tx, const MembershipId& id);
// By the identity of the membership or of the person.
std::optional<Membership> find_by_any_id(ReadTx& tx, std::string_view id);
std::optional<Membership> find_by_email(ReadTx& tx, const Email& email);
Membership get(ReadTx& tx, const MembershipId& id);
Membership lock(WriteTx& tx, const MembershipId& id);
// Those of `ids` that exist in this organization, in no order.
std::vector<Membership> find_all(ReadTx& tx, const std::vector<MembershipId>& ids);
Later<Membership> find_all_later(ReadTx& tx, const std::vector<MembershipId>& ids);
// Oldest first.
std::vector<Membership> list(ReadTx& tx);

// Stores a new member with e-mail address, name and role of `wanted`, and a user when the address is new to the
// installation. The address must be free in the organization.
enum class Joining : std::uint8_t { accepted, invited };
Membership add(WriteTx& tx, Membership wanted, Joining how);
void save(WriteTx& tx, const Membership& membership);
// Removes the row of a deleted member, once no assignment refers to it. The user stays.
void erase(WriteTx& tx, const MembershipId& id);

}  // namespace etapa::people
