#pragma once
// Questions about UTF-8 text. Lengths in the API count characters (code points), not bytes.

#include <cstddef>
#include <string_view>

namespace etapa {

// True for valid UTF-8 without NUL, the only text that is stored.
bool is_valid_text(std::string_view text);

// The number of code points of a valid text.
std::size_t count_characters(std::string_view text);

// True when the text holds nothing but white space, or nothing at all.
bool is_blank(std::string_view text);

std::string_view trimmed(std::string_view text);

}  // namespace etapa
