#pragma once
// Text as a search compares it: without accents, in one case, in one spelling of each letter.

#include <string>
#include <string_view>

namespace etapa {

// `Éclair` and `ECLAIR` give `eclair`. The text is valid UTF-8 (text.hpp).
std::string fold(std::string_view text);

}  // namespace etapa
