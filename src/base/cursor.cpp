#include "base/cursor.hpp"

#include <charconv>

namespace etapa {
namespace {

// Says which kind of position follows, so that a later kind can be told from this one.
constexpr std::string_view mark = "p";

}  // namespace

std::string write_cursor(std::int64_t position) { return std::string(mark) + std::to_string(position); }

std::optional<std::int64_t> read_cursor(std::string_view cursor) {
    if (!cursor.starts_with(mark)) return std::nullopt;
    cursor.remove_prefix(mark.size());
    std::int64_t position = 0;
    const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), position);
    if (error != std::errc() || end != cursor.data() + cursor.size() || position < 0) return std::nullopt;
    return position;
}

}  // namespace etapa
