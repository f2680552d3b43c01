#pragma once
// The row about the installation as a whole, of which there is one.

#include "db/tx.hpp"

#include <optional>
#include <string>

namespace etapa::installation {

// Tells the key that seals the secrets from others. Empty until a server has started.
std::optional<std::string> key_fingerprint(ReadTx& tx);
// Notes it, unless one is noted; returns the one that holds.
std::string keep_key_fingerprint(WriteTx& tx, const std::string& fingerprint);

}  // namespace etapa::installation
