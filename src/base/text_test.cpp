#include "base/text.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

using namespace std::string_view_literals;

TEST(Text, OnlyUtf8WithoutNulIsValid) {
    for (const auto right : {""sv, "a"sv, "ü€😀"sv, "\x01"sv, "\xF4\x8F\xBF\xBF"sv})
        EXPECT_TRUE(is_valid_text(right)) << right;
    for (const auto wrong :
         {"\0"sv, "a\0b"sv, "\xFF"sv, "\xC3"sv, "\xC0\x80"sv, "\xED\xA0\x80"sv, "\xF4\x90\x80\x80"sv, "a\x80"sv}) {
        EXPECT_FALSE(is_valid_text(wrong)) << wrong;
    }
}

TEST(Text, CharactersAreCodePoints) {
    EXPECT_EQ(count_characters(""), 0U);
    EXPECT_EQ(count_characters("abc"), 3U);
    EXPECT_EQ(count_characters("ü€😀"), 3U);
}

TEST(Text, BlankIsAnyWhiteSpace) {
    for (const auto blank : {""sv, " "sv, "\t\r\n"sv, "\xC2\xA0"sv, "\xE2\x80\x83"sv}) EXPECT_TRUE(is_blank(blank));
    for (const auto text : {"a"sv, " a "sv, "\xE2\x80\x8B"sv}) EXPECT_FALSE(is_blank(text));
}

TEST(Text, TrimmedLosesOuterWhiteSpace) {
    EXPECT_EQ(trimmed(" a b\t\n"), "a b");
    EXPECT_EQ(trimmed(" \n"), "");
    EXPECT_EQ(trimmed("a"), "a");
}

}  // namespace
}  // namespace etapa
