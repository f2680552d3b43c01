#pragma once
// An effect is something that entering a step sets in motion besides moving the conversation. Effects run inside the
// transaction of the entry, in the order of all.cpp, so they call nobody: they store, or leave a job (R21).

#include "flow/arrival.hpp"

#include <span>

namespace etapa::flow {

struct Effect {
    std::string_view name;  // an imperative
    void (*run)(WriteTx& tx, Arrival& arrival);
};

// All effects, in the order of R21.
std::span<const Effect> effects();

}  // namespace etapa::flow
