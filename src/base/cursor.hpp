#pragma once
// Opaque cursors: a position in a list as text that clients hand back and do not look into.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etapa {

std::string write_cursor(std::int64_t position);
// Empty for a text that write_cursor did not make.
std::optional<std::int64_t> read_cursor(std::string_view cursor);

}  // namespace etapa
