#pragma once
// On whose behalf a transaction runs. Every statement is bound to the caller's organization (R106).

#include "base/id.hpp"

#include <cstdint>
#include <string>

namespace etapa {

using OrganizationId = Id<struct Organization>;

// Who acts: an API key (R107), a member, or the engine itself (timers, sweeps).
enum class ActorKind : std::uint8_t { api, person, engine };

constexpr auto names(ActorKind) { return std::to_array<std::string_view>({"api", "person", "engine"}); }

struct Actor {
    ActorKind kind = ActorKind::engine;
    std::string id;  // of the key or the membership; empty for the engine
};

struct Caller {
    OrganizationId organization;
    Actor actor;
    std::string cause;  // the request's or the job's id: ties message, move and webhook together in one search
};

}  // namespace etapa
