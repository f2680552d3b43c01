#pragma once
// The four ambient things: time, log, metrics and randomness. Every long-lived object takes an `Env` first; nothing in
// the program reaches for a global instead, so any part can be built in a test with a clock that the test moves.

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/random.hpp"

namespace etapa {

struct Env {
    Clock& clock;
    Log log;  // a cheap handle
    Metrics& metrics;
    Random& random;
};

}  // namespace etapa
