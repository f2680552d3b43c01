#pragma once
// A place in the log of events, and the cursor that clients hand back without looking into it.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etapa::events {

struct Position {
    std::int64_t epoch = 1;        // of the installation: places of one life mean nothing in another
    std::int64_t transaction = 0;  // always 0 in an SQLite file
    std::int64_t sequence = 0;

    [[nodiscard]] std::string text() const;
    // Empty for a text that text() did not make.
    static std::optional<Position> parse(std::string_view text);

    auto operator<=>(const Position&) const = default;
};

}  // namespace etapa::events
