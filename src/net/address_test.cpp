#include "net/address.hpp"

#include <gtest/gtest.h>

namespace etapa::net {
namespace {

TEST(Listen, HostAndPortAreTakenApart) {
    EXPECT_EQ(parse_listen("127.0.0.1:8080"), (HostAndPort{"127.0.0.1", 8080}));
    EXPECT_EQ(parse_listen("localhost:0"), (HostAndPort{"localhost", 0}));
    EXPECT_EQ(parse_listen("0.0.0.0:65535"), (HostAndPort{"0.0.0.0", 65535}));
    EXPECT_EQ(parse_listen("[::1]:8080"), (HostAndPort{"::1", 8080}));
}

TEST(Listen, AnythingElseIsRefusedWithAnExample) {
    for (const auto* text : {"", "8080", ":8080", "localhost", "localhost:", "localhost:port", "localhost:65536",
                             "localhost:-1", "localhost:80 ", "localhost:+80", "::1:8080", "[]:80", "[localhost]:80"}) {
        const auto read = parse_listen(text);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().find("127.0.0.1:8080"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace etapa::net
