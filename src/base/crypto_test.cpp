#include "base/crypto.hpp"

#include <gtest/gtest.h>

namespace etapa::crypto {
namespace {

TEST(Crypto, HashIsSha256) {
    // The test vectors of FIPS 180-4.
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, SecretsAreAsLongAsAskedForAndNeverTheSame) {
    SystemRandom random;
    const auto first = secret_hex(random, 32);
    EXPECT_EQ(first.size(), 64);
    EXPECT_EQ(first.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_NE(first, secret_hex(random, 32));
}

TEST(Crypto, EqualComparesWholeTexts) {
    EXPECT_TRUE(equal("", ""));
    EXPECT_TRUE(equal("secret", "secret"));
    EXPECT_FALSE(equal("secret", "secreT"));
    EXPECT_FALSE(equal("secret", "secre"));
}

TEST(Crypto, HmacIsHmacSha256) {
    // The second test case of RFC 4231.
    const auto digest = hmac_sha256("Jefe", "what do ya want for nothing?");
    EXPECT_EQ(base64(digest), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
}

TEST(Crypto, Base64GoesThereAndBack) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
    EXPECT_EQ(from_base64("YW55IGNhcm5hbCBwbGVhcw=="), "any carnal pleas");
    EXPECT_EQ(from_base64("no text of it!"), std::nullopt);
}

TEST(Crypto, SignsAsRfc4231Says) {
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, HexadecimalDigitsAreReadBack) {
    EXPECT_EQ(from_hex(to_hex(std::string("\0\xff text", 7))), std::string("\0\xff text", 7));
    EXPECT_EQ(from_hex(""), "");
    for (const std::string_view wrong : {"a", "zz", "0 ", "00:"}) EXPECT_FALSE(from_hex(wrong)) << wrong;
}

TEST(Crypto, WhatIsSealedOpensWithItsKeyOnlyAndUnchangedOnly) {
    SeededRandom random(1);
    const std::string key(key_bytes, 'k');
    const auto sealed = seal(key, "a secret", random);
    EXPECT_EQ(sealed.find("secret"), std::string::npos);
    EXPECT_EQ(open(key, sealed), "a secret");
    EXPECT_NE(seal(key, "a secret", random), sealed);
    EXPECT_FALSE(open(std::string(key_bytes, 'x'), sealed));
    auto changed = sealed;
    changed.back() = changed.back() == '0' ? '1' : '0';
    EXPECT_FALSE(open(key, changed));
    EXPECT_FALSE(open(key, ""));
    EXPECT_FALSE(open(key, "no digits"));
    EXPECT_EQ(open(key, seal(key, "", random)), "");
}

}  // namespace
}  // namespace etapa::crypto
