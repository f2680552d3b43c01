#include "net/uri.hpp"

#include <gtest/gtest.h>

namespace etapa::net {
namespace {

TEST(Uri, SegmentsAreDecoded) {
    EXPECT_EQ(decode_segment("plain"), "plain");
    EXPECT_EQ(decode_segment(""), "");
    EXPECT_EQ(decode_segment("a%20b%2Fc%2fd"), "a b/c/d");
    EXPECT_EQ(decode_segment("1+1"), "1+1");
    EXPECT_EQ(decode_segment("%c3%A9"), "é");
    EXPECT_EQ(decode_segment("%00"), std::string(1, '\0'));
}

TEST(Uri, BrokenEscapesAreRefused) {
    for (const auto* text : {"%", "%2", "a%", "%zz", "%2g", "%%20", "% 20", "%-1"}) {
        EXPECT_FALSE(decode_segment(text)) << text;
        EXPECT_FALSE(parse_query("a=1&b=" + std::string(text))) << text;
        EXPECT_FALSE(parse_query(std::string(text) + "=1")) << text;
    }
}

struct QueryCase {
    std::string_view query;
    QueryPairs pairs;
};

class Query : public testing::TestWithParam<QueryCase> {};

TEST_P(Query, BecomesPairs) { EXPECT_EQ(parse_query(GetParam().query), GetParam().pairs) << GetParam().query; }

INSTANTIATE_TEST_SUITE_P(, Query,
                         testing::Values(QueryCase{"", {}}, QueryCase{"a=1", {{"a", "1"}}},
                                         QueryCase{"a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
                                         QueryCase{"a", {{"a", ""}}}, QueryCase{"a=", {{"a", ""}}},
                                         QueryCase{"=1", {{"", "1"}}}, QueryCase{"&&a=1&&", {{"a", "1"}}},
                                         QueryCase{"a=b=c", {{"a", "b=c"}}},
                                         QueryCase{"first+name=Ana+B%2B", {{"first name", "Ana B+"}}},
                                         QueryCase{"tags%5B%5D=x%26y", {{"tags[]", "x&y"}}},
                                         QueryCase{"cursor={\"a\":1}", {{"cursor", "{\"a\":1}"}}}));

TEST(Uri, EncodingIsUndoneByDecoding) {
    std::string every_byte;
    for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
    const auto encoded = encode_segment(every_byte);
    EXPECT_EQ(decode_segment(encoded), every_byte);
    EXPECT_EQ(parse_query("a=" + encoded)->front().second, every_byte);
    EXPECT_EQ(encode_segment("a b/ü~"), "a%20b%2F%C3%BC~");
}

}  // namespace
}  // namespace etapa::net
