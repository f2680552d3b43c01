#include "base/text.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace etapa {
namespace {

// Calls `each` with every code point (negative: malformed) until it returns false; true when it never did.
template <class F> bool every_code_point(std::string_view text, F&& each) {
    const auto length = static_cast<std::int32_t>(text.size());
    std::int32_t at = 0;
    while (at < length) {
        UChar32 code_point = 0;
        U8_NEXT(text.data(), at, length, code_point);
        if (!each(code_point)) return false;
    }
    return true;
}

}  // namespace

bool is_valid_text(std::string_view text) {
    return every_code_point(text, [](UChar32 code_point) { return code_point > 0; });
}

std::size_t count_characters(std::string_view text) {
    std::size_t count = 0;
    every_code_point(text, [&](UChar32) { return ++count > 0; });
    return count;
}

bool is_blank(std::string_view text) {
    return every_code_point(text, [](UChar32 code_point) { return u_isUWhiteSpace(code_point) != 0; });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

}  // namespace etapa
