#pragma once
// Required steps: what an automatic forward move cannot jump over, and what a person's move is recorded to have skipped
// (R41, R42).

#include "flow/arrival.hpp"

namespace etapa::flow {

struct Detour {
    std::optional<Step> stop;  // the required step at which an automatic move ends instead of its target
    std::vector<StepId> skipped;
    std::optional<std::string> sentence;
};

// The required steps between where the conversation stands and its target that this stay in the scenario has not
// visited: the first stops an automatic move; others are skipped, and the history says so. Backward moves are free.
Detour detour_of(ReadTx& tx, const Arrival& arrival);

}  // namespace etapa::flow
