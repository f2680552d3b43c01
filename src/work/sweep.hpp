#pragma once
// Work that is found rather than asked for: what was stored without leaving a job, because a job for each would cost
// the change that stored it too much. The runner looks before it does jobs.

#include "db/tx.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace etapa::work {

struct Sweep {
    std::string_view name;
    // The organizations that have something. Crosses organizations.
    std::vector<OrganizationId> (*waiting)(ReadTx& tx);
    // Does a bounded part of it; true when there may be more.
    bool (*run)(WriteTx& tx);
};

// All sweeps; all.cpp lists them.
std::span<const Sweep> sweeps();

}  // namespace etapa::work
