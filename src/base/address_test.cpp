#include "base/address.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

class PrivateHost : public testing::TestWithParam<std::string_view> {};
TEST_P(PrivateHost, IsRecognized) { EXPECT_TRUE(is_private_host(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(Ip4, PrivateHost,
                         testing::Values("127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1",
                                         "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
                                         "100.127.255.255", "0.0.0.0", "0.1.2.3", "192.0.0.8", "198.18.0.1",
                                         "198.19.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
                                         "255.255.255.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"));
INSTANTIATE_TEST_SUITE_P(OddlySpeltIp4, PrivateHost,
                         testing::Values("127.1", "127.0.1", "10.1", "2130706433", "0x7f000001", "0X7F000001",
                                         "017700000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "0xa9fea9fe",
                                         "192.168.257", "127.0.0.1.", "0", "0x", "00000000.0.0.0", "%31%32%37.0.0.1",
                                         "127%2e0%2e0%2e1"));
INSTANTIATE_TEST_SUITE_P(NumbersThatAreNoAddress, PrivateHost,
                         testing::Values("256.1.1.1", "1.2.3.4.5", "4294967296", "1.2.3.256", "08.8.8.8", "8.8.8.09",
                                         "1..1", "a.1", "99999999999999999999999"));
INSTANTIATE_TEST_SUITE_P(Ip6, PrivateHost,
                         testing::Values("::1", "[::1]", "::", "[::]", "0:0:0:0:0:0:0:1", "fe80::1", "FE80::1",
                                         "febf::1", "fec0::1", "fe80::1%25eth0", "fc00::1", "fdff::1", "ff02::1",
                                         "::ffff:127.0.0.1", "[::ffff:10.0.0.1]", "::ffff:7f00:1", "::127.0.0.1",
                                         "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:101::1",
                                         "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "3fff::1",
                                         "::ffff:0:10.0.0.1", "100::1", "1::2::3", "[::1", ":", "[1.2.3.4]"));
INSTANTIATE_TEST_SUITE_P(Names, PrivateHost,
                         testing::Values("localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain",
                                         "printer.local", "metadata.google.internal", "nas.home.arpa", "ip6-localhost",
                                         "", ".", "%zz", "l%6fcalhost"));

class PublicHost : public testing::TestWithParam<std::string_view> {};
TEST_P(PublicHost, IsLetThrough) { EXPECT_FALSE(is_private_host(GetParam())) << GetParam(); }

INSTANTIATE_TEST_SUITE_P(, PublicHost,
                         testing::Values("example.com", "EXAMPLE.com.", "8.8.8.8", "1.1.1.1", "9.255.255.255",
                                         "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
                                         "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
                                         "169.253.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255",
                                         "134744072", "0x08080808", "010.8.8.8", "2606:4700:4700::1111",
                                         "[2606:4700:4700::1111]", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
                                         "2002:808:808::", "fe00::1", "2001:db9::1", "localhost.example.com",
                                         "mylocalhost", "internal.example", "10.example.com", "127.0.0.1.example.com",
                                         "1e100.net", "0xg.example"));

TEST(PrivateAddress, IsJudgedLikeTheWrittenHost) {
    using boost::asio::ip::make_address;
    EXPECT_TRUE(is_private_address(make_address("127.0.0.1")));
    EXPECT_TRUE(is_private_address(make_address("::1")));
    EXPECT_TRUE(is_private_address(make_address("::ffff:192.168.0.1")));
    EXPECT_FALSE(is_private_address(make_address("8.8.8.8")));
    EXPECT_FALSE(is_private_address(make_address("2606:4700:4700::1111")));
}

}  // namespace
}  // namespace etapa
