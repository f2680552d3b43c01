#include "base/fold.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

TEST(Fold, ForgetsCaseAccentsAndSpellings) {
    for (const std::string_view text : {"eclair", "Éclair", "ÉCLAIR", "e\u0301clair", "Ｅclair"}) {
        EXPECT_EQ(fold(text), "eclair") << text;
    }
    EXPECT_EQ(fold("Straße"), fold("STRASSE"));
    EXPECT_EQ(fold("ÑANDÚ"), "nandu");
    EXPECT_EQ(fold("ΟΔΟΣ"), fold("οδος"));
    EXPECT_EQ(fold("Привет"), "привет");
    EXPECT_EQ(fold("Łódź łódź"), "lodz lodz");
    EXPECT_EQ(fold("ÆÐØÞĐĦIŁŒŦ"), "aedothdhiloet");
    EXPECT_EQ(fold("æðøþđħıłœŧ ǿ"), "aedothdhiloet o");
}

TEST(Fold, LeavesEverythingElse) {
    EXPECT_EQ(fold(""), "");
    EXPECT_EQ(fold("100% _a\\b 李 🙂"), "100% _a\\b 李 🙂");
}

TEST(Fold, WordsAreDividedAsUnicodeDividesThem) {
    using Words = std::vector<std::string>;
    EXPECT_EQ(folded_words("I'm in S\u00c3O  Paulo!", 10), (Words{"i'm", "in", "sao", "paulo", "!"}));
    EXPECT_EQ(folded_words("C++ 3.5 user_name\ne-mail", 10),
              (Words{"c", "+", "+", "3.5", "user_name", "e", "-", "mail"}));
    EXPECT_EQ(folded_words(" \n ", 10), Words{});
    EXPECT_EQ(folded_words("a b c", 2), (Words{"a", "b"}));
}

// Words of ASCII alone are divided without Unicode's tables; a letter behind them asks for these.
void expect_same_words(std::string_view text) {
    auto words = folded_words(std::string(text) + " é", 10);
    words.pop_back();
    EXPECT_EQ(folded_words(text, 10), words) << testing::PrintToString(text);
    words.resize(std::min<std::size_t>(1, words.size()));
    EXPECT_EQ(folded_words(text, 1), words) << testing::PrintToString(text);
}

TEST(Fold, PlainWordsAreDividedAsAllOthers) {
    for (const std::string_view text :
         {"", " ", "Price", "how  MUCH ", " A1 2b 3", "90 days?", "x 007 Zz. Is it?\r\n"}) {
        expect_same_words(text);
    }
    constexpr int characters = 0x80;
    for (int first = 0; first < characters; ++first) {
        for (int second = 0; second < characters; ++second) expect_same_words(std::string{char(first), char(second)});
    }
}

TEST(Fold, WhatStandsInsidePlainWordsIsDividedAsInAllOthers) {
    constexpr std::string_view kinds = "a0_@ '.,:;-\n";
    for (const char first : kinds) {
        for (const char inside : kinds) {
            for (const char second : kinds) {
                for (const char last : kinds) expect_same_words(std::string{first, inside, second, last});
            }
        }
    }
}

}  // namespace
}  // namespace etapa
