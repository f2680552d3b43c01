#pragma once
// The table of allowances: how much of a key's requests in a minute has been given to nodes, so that all of them
// together let no more pass than one would (docs/decisions/0007).

#include "crm/ids.hpp"
#include "db/tx.hpp"

#include <cstdint>

namespace etapa::keys {

struct Share {
    std::int64_t minute = 0;    // since 1970; a later one than asked for when another node's clock is ahead
    std::int64_t requests = 0;  // that the node may let pass
    std::int64_t left = 0;      // what is still there for everybody
};

// The usual part of what is left, or a single request, for a node that has asked for a part already.
enum class Portion : std::uint8_t { part, single };

// What a node asks for.
struct Wish {
    std::int64_t minute = 0;
    std::int64_t limit = 0;  // requests of the key in that minute
    Portion portion = Portion::part;
};

Share take_share(WriteTx& tx, const KeyId& key, const Wish& wish);

}  // namespace etapa::keys
