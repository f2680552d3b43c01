#pragma once
// The four ambient things of a process, made once and passed on as an Env.

#include "base/env.hpp"

#include <utility>

namespace etapa::app {

struct Surroundings {
    explicit Surroundings(Log log = Log::to_stderr(LogFormat::text, LogLevel::warning))
        : env{clock, std::move(log), metrics, random} {}
    Surroundings(const Surroundings&) = delete;
    Surroundings& operator=(const Surroundings&) = delete;

    SystemClock clock;
    Metrics metrics;
    SystemRandom random;
    Env env;
};

}  // namespace etapa::app
