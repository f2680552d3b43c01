#include "base/outbound.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

using boost::asio::ip::make_address;

OutboundRules rules(const std::vector<std::string>& entries) {
    const auto parsed = OutboundRules::parse(entries);
    EXPECT_TRUE(parsed.has_value());
    return parsed.value_or(OutboundRules());
}

TEST(OutboundRules, AllowThePublicInternetOnlyUnlessTold) {
    const OutboundRules none;
    EXPECT_TRUE(none.permits_host("example.com"));
    EXPECT_FALSE(none.permits_host("10.1.2.3"));
    EXPECT_FALSE(none.permits(make_address("10.1.2.3"), "example.com"));
    EXPECT_TRUE(none.permits(make_address("8.8.8.8"), "example.com"));
}

TEST(OutboundRules, AllowANetworkWhenSavedAndWhenConnected) {
    const auto lan = rules({"10.0.0.0/8", "fd00::/8"});
    EXPECT_TRUE(lan.permits_host("10.1.2.3"));
    EXPECT_TRUE(lan.permits_host("[fd12::1]"));
    EXPECT_FALSE(lan.permits_host("192.168.0.1"));
    EXPECT_FALSE(lan.permits_host("fe80::1"));
    EXPECT_TRUE(lan.permits(make_address("10.1.2.3"), "crm.example"));
    EXPECT_TRUE(lan.permits(make_address("::ffff:10.1.2.3"), "crm.example"));
    EXPECT_FALSE(lan.permits(make_address("127.0.0.1"), "crm.example"));
}

TEST(OutboundRules, AllowANamedHostWhereverItIs) {
    const auto named = rules({"CRM.lan", "localhost"});
    EXPECT_TRUE(named.permits_host("localhost"));
    EXPECT_TRUE(named.permits(make_address("127.0.0.1"), "localhost"));
    EXPECT_TRUE(named.permits(make_address("192.168.0.4"), "crm.lan."));
    EXPECT_FALSE(named.permits(make_address("192.168.0.4"), "rebound.example"));
    EXPECT_FALSE(named.permits_host("127.0.0.1"));
}

TEST(OutboundRules, RefuseWhatIsNoHostAndNoNetwork) {
    for (const auto* entry : {"10.0.0.0/33", "10.0.0.0/x", "a b", "", "http://x", "::/129", "10.0.0/8"}) {
        EXPECT_FALSE(OutboundRules::parse({entry})) << entry;
    }
}

}  // namespace
}  // namespace etapa
