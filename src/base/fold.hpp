#pragma once
// Text as a search compares it: without accents, in one case, in one spelling of each letter.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace etapa {

// `Éclair` and `ECLAIR` give `eclair`. The text is valid UTF-8 (text.hpp).
std::string fold(std::string_view text);

// The first `words_max` words of the folded text, as Unicode divides it: `I'm in São Paulo!` gives `i'm`, `in`, `sao`,
// `paulo`, `!`. Signs are words of their own, white space is none.
std::vector<std::string> folded_words(std::string_view text, std::size_t words_max);

}  // namespace etapa
