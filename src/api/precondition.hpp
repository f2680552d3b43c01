#pragma once
// Edits that must not overwrite somebody else's: the client sends the `updatedAt` that it has seen.

#include "api/header.hpp"
#include "base/problem.hpp"
#include "base/time.hpp"

namespace etapa::api {

using IfMatch = Header<"if-match">;

// Throws the 412 when the header names another version than this one. Call it after the row is locked. A version stands
// bare or in double quotes; `*` is any.
inline void require_match(const IfMatch& wanted, Time updated_at) {
    if (!wanted.value) return;
    std::string_view version = *wanted.value;
    if (version == "*") return;
    if (version.size() >= 2 && version.starts_with('"') && version.ends_with('"')) {
        version = version.substr(1, version.size() - 2);
    }
    if (parse_time(version) == updated_at) return;
    throw Problem(412, "precondition_failed",
                  "It was changed meanwhile: its updatedAt is " + to_iso8601(updated_at) + ". Read it again.");
}

}  // namespace etapa::api
