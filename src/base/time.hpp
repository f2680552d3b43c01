#pragma once
// Instants and spans as the product stores them: milliseconds UTC, the precision that the API prints.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etapa {

// A span in milliseconds.
struct Duration {
    std::int64_t milliseconds = 0;
    auto operator<=>(const Duration&) const = default;
};

constexpr Duration seconds(std::int64_t count) { return {count * 1'000}; }

// An instant: milliseconds since 1970-01-01T00:00:00Z.
struct Time {
    std::int64_t milliseconds = 0;
    auto operator<=>(const Time&) const = default;
};

constexpr Time operator+(Time at, Duration span) { return {at.milliseconds + span.milliseconds}; }
constexpr Time operator-(Time at, Duration span) { return {at.milliseconds - span.milliseconds}; }
constexpr Duration operator-(Time later, Time earlier) { return {later.milliseconds - earlier.milliseconds}; }

// The `updatedAt` of a change: now, but always later than the change before it, so that it tells versions apart.
constexpr Time time_of_change(Time before, Time now) { return before < now ? now : before + Duration{1}; }

// `2026-02-20T14:15:00.000Z`, the form of every timestamp in the API. Years outside 0-9999 are clamped.
std::string to_iso8601(Time at);
void append_iso8601(std::string& out, Time at);

// Reads ISO 8601 (with or without milliseconds, `Z` or an offset) and the forms of API fact 7.1: `YYYY-MM-DD`,
// `YYYY-MM-DD HH:mm`, `YYYY-MM-DD HH:mm:ss`. Without a zone the text means UTC. Empty for anything else.
std::optional<Time> parse_time(std::string_view text);

}  // namespace etapa
