#pragma once
// What must hold after every commit, whatever happened before (I1-I6 of the rules, and the kept loads).

#include "db/tx.hpp"

#include <string>
#include <vector>

namespace etapa::tests {

// A sentence for every invariant of the caller's organization that does not hold; none when all is well.
std::vector<std::string> broken_invariants(ReadTx& tx);

}  // namespace etapa::tests
