#include "base/values.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

// The parsed value, or what was expected instead.
template <class T> std::string parsed(std::string_view text) {
    const auto value = T::parse(text);
    return value ? std::string(value->text()) : value.error();
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t time = 0; time < times; ++time) all += text;
    return all;
}

TEST(Name, IsNotBlankAndCountsCharacters) {
    EXPECT_EQ(parsed<Name>("Ana"), "Ana");
    EXPECT_EQ(parsed<Name>(" Ana "), " Ana ");
    EXPECT_EQ(parsed<Name>(""), "must not be blank");
    EXPECT_EQ(parsed<Name>("  \xC2\xA0 "), "must not be blank");
    EXPECT_EQ(parsed<Name>(repeated("ü", 200)), repeated("ü", 200));
    EXPECT_EQ(parsed<Name>(repeated("ü", 201)), "must have at most 200 characters");
}

TEST(Text, MayBeBlankButNotTooLong) {
    EXPECT_EQ(parsed<Text<3>>(""), "");
    EXPECT_EQ(parsed<Text<3>>("€€€"), "€€€");
    EXPECT_EQ(parsed<Text<3>>("abcd"), "must have at most 3 characters");
}

TEST(Email, HasOneAtAndIsLowerCase) {
    EXPECT_EQ(parsed<Email>("Ana@Example.COM"), "ana@example.com");
    for (const std::string_view wrong : {"", "ana", "@x", "ana@", "a@b@c", "a b@c", "a@b\n"}) {
        EXPECT_EQ(parsed<Email>(wrong), "must be an e-mail address") << wrong;
    }
    EXPECT_EQ(parsed<Email>(repeated("x", 250) + "@x.de"), "must be an e-mail address");
}

TEST(Url, IsAbsoluteAndWeb) {
    for (const std::string_view right :
         {"http://a", "https://example.com:8080/x?y=1#z", "http://[::1]/", "http://10.0.0.1/"}) {
        EXPECT_EQ(parsed<Url>(right), right);
    }
    for (const std::string_view wrong : {"", "example.com", "/x", "ftp://a/", "http://", "http:///x", "https://a b/",
                                         "javascript:alert(1)", "http://ü.de/"}) {
        EXPECT_EQ(parsed<Url>(wrong), "must be an absolute http or https address") << wrong;
    }
    EXPECT_EQ(parsed<Url>("http://u:p@a.com/"), "must hold no name and password");
    for (const auto* port : {"0", "65536", "99999"}) {
        EXPECT_EQ(parsed<Url>("http://a.com:" + std::string(port) + '/'), "must have a port from 1 to 65535") << port;
    }
    EXPECT_EQ(parsed<Url>("http://a/" + repeated("x", 2'048)), "must be an absolute http or https address");
}

TEST(Url, KnowsItsHost) {
    EXPECT_EQ(Url{"https://user@example.com:1/x"}.host(), "example.com");
    EXPECT_EQ(Url{"http://[::1]:1/"}.host(), "::1");
}

TEST(Within, RefusesWhatIsOutside) {
    using Small = Within<1, 3>;
    EXPECT_EQ(Small::from(1)->number(), 1);
    EXPECT_EQ(Small::from(3)->number(), 3);
    EXPECT_EQ(Small::from(0).error(), "must be a whole number from 1 to 3");
    EXPECT_EQ(Small::from(4).error(), "must be a whole number from 1 to 3");
}

TEST(AtMost, TakesMoreAsTheMost) {
    EXPECT_EQ(AtMost<100>::from(7)->number(), 7);
    EXPECT_EQ(AtMost<100>::from(5'000)->number(), 100);
    EXPECT_EQ(AtMost<100>::from(0).error(), "must be a whole number of at least 1");
}

}  // namespace
}  // namespace etapa
