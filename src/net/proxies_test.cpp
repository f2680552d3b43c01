#include "net/proxies.hpp"

#include <gtest/gtest.h>

namespace etapa::net {
namespace {

struct Case {
    std::string_view peer;
    std::vector<std::string> forwarded;  // values of X-Forwarded-For
    std::string_view client;
};

TEST(Proxies, TellWhoReallyAsks) {
    const auto proxies = Proxies::parse({"10.0.0.0/8", "fd00::/8", "192.0.2.1"});
    ASSERT_TRUE(proxies);
    const std::vector<Case> cases{
        {"203.0.113.5", {}, "203.0.113.5"},
        {"203.0.113.5", {"198.51.100.1"}, "203.0.113.5"},  // anybody can say so
        {"192.0.2.2", {"198.51.100.1"}, "192.0.2.2"},
        {"10.0.0.1", {}, "10.0.0.1"},
        {"10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
        {"::ffff:10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
        {"fd00::1", {"2001:db8::7"}, "2001:db8::7"},
        {"10.0.0.1", {"198.51.100.1:4711"}, "198.51.100.1"},
        {"10.0.0.1", {"[2001:db8::7]:4711"}, "2001:db8::7"},
        // What the client itself made up stands before what the proxies add.
        {"10.0.0.1", {"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
        {"10.0.0.1", {"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
        {"10.0.0.1", {"1.1.1.1, 198.51.100.1, 10.9.9.9 ,192.0.2.1"}, "198.51.100.1"},
        {"10.0.0.1", {"1.1.1.1, 198.51.100.1", "10.9.9.9"}, "198.51.100.1"},
        // A chain of trusted ones only began at the first of them.
        {"10.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
        {"10.0.0.1", {"unknown"}, "10.0.0.1"},
        {"10.0.0.1", {"198.51.100.1, nonsense, 10.0.0.2"}, "10.0.0.2"},
        {"10.0.0.1", {""}, "10.0.0.1"},
    };
    for (const auto& [peer, forwarded, client] : cases) {
        Request request;
        for (const auto& value : forwarded) request.headers.emplace_back("x-forwarded-for", value);
        proxies->judge(*parse_address(peer), request);
        EXPECT_EQ(request.client, client) << peer << ' ' << testing::PrintToString(forwarded);
    }
}

TEST(Proxies, TellHowTheClientCame) {
    const auto proxies = Proxies::parse({"10.0.0.1"});
    const auto scheme = [&](std::string_view peer, const std::string& said) {
        Request request;
        request.headers.emplace_back("x-forwarded-proto", said);
        proxies->judge(*parse_address(peer), request);
        return std::string(request.scheme);
    };
    EXPECT_EQ(scheme("10.0.0.1", "https"), "https");
    EXPECT_EQ(scheme("10.0.0.1", "http"), "http");
    EXPECT_EQ(scheme("10.0.0.1", "javascript"), "http");
    EXPECT_EQ(scheme("10.0.0.2", "https"), "http");
}

TEST(Proxies, AreAddressesOrNetworks) {
    for (const auto* wrong : {"proxy.example", "10.0.0.0/33", "10.0.0", "*", ""}) {
        EXPECT_FALSE(Proxies::parse({wrong})) << wrong;
    }
}

}  // namespace
}  // namespace etapa::net
