#include "base/fold.hpp"

#include "base/problem.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace etapa {
namespace {

icu::UnicodeString decomposed(const icu::UnicodeString& text) {
    UErrorCode status = U_ZERO_ERROR;
    const auto* normalizer = icu::Normalizer2::getNFKDInstance(status);
    icu::UnicodeString result;
    if (U_SUCCESS(status) != 0) normalizer->normalize(text, result, status);
    ensure(U_SUCCESS(status) != 0, "ICU holds the tables for NFKD");
    return result;
}

bool is_mark(UChar32 code_point) {
    const auto category = u_charType(code_point);
    return category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK;
}

}  // namespace

std::string fold(std::string_view text) {
    const auto letters =
        decomposed(icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}));
    icu::UnicodeString bare;
    for (std::int32_t at = 0; at < letters.length(); at = letters.moveIndex32(at, 1)) {
        if (!is_mark(letters.char32At(at))) bare.append(letters.char32At(at));
    }
    std::string folded;
    bare.foldCase().toUTF8String(folded);
    return folded;
}

}  // namespace etapa
