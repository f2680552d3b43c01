#pragma once
// What the command that started the tests wishes: `./test --long`, or one seed alone.

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace etapa::tests {

// The value of an environment variable; null when it is not set.
inline const char* wish(const char* variable) {
    return std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
}

inline bool is_long() { return wish("ETAPA_LONG") != nullptr; }

inline std::optional<std::uint64_t> wished_seed() {
    const char* seed = wish("ETAPA_SEED");
    return seed != nullptr ? std::optional(std::stoull(seed)) : std::nullopt;
}

}  // namespace etapa::tests
