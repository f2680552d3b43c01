#include "base/fold.hpp"

#include "base/problem.hpp"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

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

// Letters that Unicode does not take apart, and what people type who do not have them on their keyboard.
struct Spelling {
    UChar32 letter;
    const char16_t* plain;
};
constexpr auto spellings = std::to_array<Spelling>({{U'æ', u"ae"},
                                                    {U'ð', u"d"},
                                                    {U'ø', u"o"},
                                                    {U'þ', u"th"},
                                                    {U'đ', u"d"},
                                                    {U'ħ', u"h"},
                                                    {U'ı', u"i"},
                                                    {U'ł', u"l"},
                                                    {U'œ', u"oe"},
                                                    {U'ŧ', u"t"}});

void append_plain(icu::UnicodeString& text, UChar32 letter) {
    const auto small = u_foldCase(letter, U_FOLD_CASE_DEFAULT);
    const auto* const found = std::ranges::find(spellings, small, &Spelling::letter);
    found == spellings.end() ? text.append(letter) : text.append(found->plain, -1);
}

icu::UnicodeString folded(std::string_view text) {
    const auto letters =
        decomposed(icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())}));
    icu::UnicodeString bare;
    for (std::int32_t at = 0; at < letters.length(); at = letters.moveIndex32(at, 1)) {
        if (!is_mark(letters.char32At(at))) append_plain(bare, letters.char32At(at));
    }
    return bare.foldCase();
}

// Making one reads tables, copying one does not.
std::unique_ptr<icu::BreakIterator> word_breaks() {
    static const std::unique_ptr<const icu::BreakIterator> prototype = [] {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<const icu::BreakIterator> made(
            icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
        ensure(U_SUCCESS(status) != 0, "ICU holds the rules for words");
        return made;
    }();
    return std::unique_ptr<icu::BreakIterator>(prototype->clone());
}

bool is_in_word(char c) {
    return c == '_' || c == '@' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// ASCII, in which nothing stands between letters or digits that may be part of the word there, as in "don't" or "3.5".
bool is_plain(std::string_view text) {
    constexpr std::string_view joining = "'.,:;";
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (static_cast<unsigned char>(text[at]) > 0x7F) return false;
        const bool inside = at > 0 && at + 1 < text.size() && is_in_word(text[at - 1]) && is_in_word(text[at + 1]);
        if (inside && joining.contains(text[at])) return false;
    }
    return true;
}

// Most texts are plain: the rules for those need no tables. What is neither space nor in a word is a word by itself.
std::vector<std::string> plain_words(std::string_view text, std::size_t words_max) {
    constexpr std::string_view spaces = " \t\n\v\f\r";
    std::vector<std::string> words;
    while (words.size() < words_max) {
        text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
        if (text.empty()) break;
        const auto end = std::ranges::find_if_not(text, is_in_word);
        auto& word = words.emplace_back(text.substr(0, std::max<std::ptrdiff_t>(1, end - text.begin())));
        text.remove_prefix(word.size());
        std::ranges::transform(word, word.begin(),
                               [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
    }
    return words;
}

}  // namespace

std::string fold(std::string_view text) {
    std::string utf8;
    folded(text).toUTF8String(utf8);
    return utf8;
}

std::vector<std::string> folded_words(std::string_view text, std::size_t words_max) {
    if (is_plain(text)) return plain_words(text, words_max);
    const auto letters = folded(text);
    const auto breaks = word_breaks();
    breaks->setText(letters);
    std::vector<std::string> words;
    std::int32_t from = breaks->first();
    for (std::int32_t to = breaks->next(); to != icu::BreakIterator::DONE && words.size() < words_max;
         from = to, to = breaks->next()) {
        if (u_isUWhiteSpace(letters.char32At(from)) != 0) continue;
        letters.tempSubStringBetween(from, to).toUTF8String(words.emplace_back());
    }
    return words;
}

}  // namespace etapa
