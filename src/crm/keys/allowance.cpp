#include "crm/keys/allowance.hpp"

#include <algorithm>
#include <tuple>

namespace etapa::keys {
namespace {

// What a node that is asked for nothing any more keeps to itself is at most this part of the limit; and the smaller,
// the more often nodes ask.
constexpr std::int64_t parts = 20;

}  // namespace

Share take_share(WriteTx& tx, const KeyId& key, const Wish& wish) {
    // Locks the row, and begins a minute that is new.
    const auto [current, given] = tx.one<std::tuple<std::int64_t, std::int64_t>>(
        "INSERT INTO key_allowance (organization_id, key_id, minute, given) VALUES ($1, $2, $3, 0)"
        " ON CONFLICT (organization_id, key_id) DO UPDATE SET"
        " given = CASE WHEN key_allowance.minute < excluded.minute THEN 0 ELSE key_allowance.given END,"
        " minute = CASE WHEN key_allowance.minute < excluded.minute THEN excluded.minute ELSE key_allowance.minute END"
        " RETURNING minute, given",
        tx.organization(), key, wish.minute);
    const auto left = std::max<std::int64_t>(wish.limit - given, 0);
    const auto wanted = wish.portion == Portion::part ? std::max<std::int64_t>(left / parts, 1) : 1;
    const auto requests = std::min(wanted, left);
    tx.defer("UPDATE key_allowance SET given = given + $3 WHERE organization_id = $1 AND key_id = $2",
             tx.organization(), key, requests);
    return {current, requests, left - requests};
}

}  // namespace etapa::keys
