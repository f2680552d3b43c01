#include "net/client.hpp"

#include "net/test_receiver.hpp"

#include <gtest/gtest.h>

namespace etapa::net {
namespace {

using Kind = OutboundFailure::Kind;

constexpr std::string_view good_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Mood: fine\r\n\r\nok";

OutboundRules allow(const std::vector<std::string>& entries) { return OutboundRules::parse(entries).value(); }

OutboundRequest to(const std::string& url) {
    OutboundRequest request;
    request.url = url;
    request.body = "{}";
    return request;
}

// A client that may call this machine.
struct Local {
    OutboundRules rules = allow({"127.0.0.0/8"});
    ListResolver resolver;
    Client client{rules, resolver};

    OutboundResult send(const OutboundRequest& request) { return send_now(client, request); }
};

TEST(Client, SendsARequestAndReadsTheAnswer) {
    Receiver receiver([](const std::string&) { return std::string(good_answer); });
    Local local;
    auto request = to("http://127.0.0.1:" + receiver.port() + "/hook?a=1");
    request.headers = {{"X-Own", "yes"}, {"Host", "evil.example"}, {"content-length", "9"}, {"X-Two", "a\r\nX-Bad: b"}};
    const auto answer = local.send(request);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "ok");
    EXPECT_EQ(answer->header("x-mood"), "fine");
    const auto head = receiver.last_head();
    EXPECT_TRUE(head.starts_with("POST /hook?a=1 HTTP/1.1\r\n")) << head;
    EXPECT_NE(head.find("Host: 127.0.0.1:" + receiver.port() + "\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("X-Own: yes\r\n"), std::string::npos);
    EXPECT_NE(head.find("Content-Length: 2\r\n"), std::string::npos);
    EXPECT_NE(head.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(head.find("evil"), std::string::npos);
    EXPECT_EQ(head.find("X-Bad"), std::string::npos);
}

TEST(Client, FollowsNoRedirect) {
    Receiver receiver([](const std::string&) {
        return std::string("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    });
    Local local;
    const auto answer = local.send(to("http://127.0.0.1:" + receiver.port()));
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 302);
    EXPECT_EQ(receiver.connections(), 1);
}

TEST(Client, CutsALongAnswer) {
    Receiver receiver([](const std::string&) {
        return "HTTP/1.1 500 Oh\r\nContent-Length: 90000000000\r\n\r\n" + std::string(100'000, 'x');
    });
    Local local;
    auto request = to("http://127.0.0.1:" + receiver.port());
    request.answer_bytes_max = 1'000;
    const auto answer = local.send(request);
    ASSERT_TRUE(answer.has_value());
    EXPECT_TRUE(answer->is_cut);
    EXPECT_EQ(answer->body, std::string(1'000, 'x'));
}

TEST(Client, GivesUpOnSilenceWithinItsLimit) {
    Receiver receiver([](const std::string&) { return std::string(); });
    Local local;
    auto request = to("http://127.0.0.1:" + receiver.port());
    request.total_limit = {200};
    const auto answer = local.send(request);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::too_slow) << answer.error().sentence;
    EXPECT_TRUE(answer.error().handed_over);
}

TEST(Client, KnowsThatNothingWasHandedOverWithoutAConnection) {
    Local local;
    std::string port;
    {
        const Receiver gone([](const std::string&) { return std::string(); });
        port = gone.port();
    }
    const auto answer = local.send(to("http://127.0.0.1:" + port));
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::unreachable);
    EXPECT_FALSE(answer.error().handed_over);
}

TEST(Client, CallsWhatIsNoHttpBroken) {
    Receiver receiver([](const std::string&) { return std::string("220 mail.example ESMTP\r\n\r\n"); });
    Local local;
    const auto answer = local.send(to("http://127.0.0.1:" + receiver.port()));
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::broken);
}

TEST(Client, ConnectsToTheAddressThatWasJudged) {
    Receiver receiver([](const std::string&) { return std::string(good_answer); });
    Local local;
    local.resolver.answers["crm.example"] = {"10.0.0.1", "127.0.0.1"};  // only the second is allowed
    const auto answer = local.send(to("http://crm.example:" + receiver.port()));
    EXPECT_TRUE(answer.has_value());
    EXPECT_EQ(local.resolver.asked, 1);  // a second answer could be another one
}

TEST(Client, SaysWhenANameDoesNotResolve) {
    Local local;
    const auto answer = local.send(to("http://nowhere.example/"));
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::unknown);
}

struct Hostile {
    std::string_view url;
    std::vector<std::string> answers;  // of the name server; empty: the host is an address in some spelling
};

class HostileTarget : public testing::TestWithParam<Hostile> {};

TEST_P(HostileTarget, IsNotConnectedTo) {
    const auto& [url, answers] = GetParam();
    const OutboundRules rules;
    ListResolver list;
    SystemResolver system;  // asked about addresses only, which needs no network
    list.answers["trap.example"] = answers;
    Client client(rules, answers.empty() ? static_cast<Resolver&>(system) : list);
    const auto answer = send_now(client, to(std::string(url)));
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, Kind::not_allowed) << answer.error().sentence;
    EXPECT_FALSE(answer.error().handed_over);
}

INSTANTIATE_TEST_SUITE_P(
    Address, HostileTarget,
    testing::Values(
        Hostile{"http://127.0.0.1/", {}}, Hostile{"https://127.0.0.1/", {}}, Hostile{"http://127.0.0.1:22/", {}},
        Hostile{"http://127.8.8.8/", {}}, Hostile{"http://0.0.0.0/", {}}, Hostile{"http://0/", {}},
        Hostile{"http://127.1/", {}}, Hostile{"http://2130706433/", {}}, Hostile{"http://0x7f000001/", {}},
        Hostile{"http://0177.0.0.1/", {}}, Hostile{"http://0x7f.1/", {}}, Hostile{"http://10.0.0.1/", {}},
        Hostile{"http://172.16.0.1/", {}}, Hostile{"http://172.31.255.255/", {}}, Hostile{"http://192.168.1.1/", {}},
        Hostile{"http://169.254.169.254/latest/meta-data/", {}}, Hostile{"http://100.64.0.1/", {}},
        Hostile{"http://192.0.0.8/", {}}, Hostile{"http://192.0.2.1/", {}}, Hostile{"http://198.18.0.1/", {}},
        Hostile{"http://198.51.100.1/", {}}, Hostile{"http://203.0.113.1/", {}}, Hostile{"http://224.0.0.1/", {}},
        Hostile{"http://255.255.255.255/", {}}, Hostile{"http://[::1]/", {}}, Hostile{"http://[::]/", {}},
        Hostile{"http://[fe80::1]/", {}}, Hostile{"http://[fc00::1]/", {}}, Hostile{"http://[fd12:3456::1]/", {}},
        Hostile{"http://[ff02::1]/", {}}, Hostile{"http://[::ffff:127.0.0.1]/", {}},
        Hostile{"http://[::ffff:a9fe:a9fe]/", {}}, Hostile{"http://[::127.0.0.1]/", {}},
        Hostile{"http://[64:ff9b::10.0.0.1]/", {}}, Hostile{"http://[64:ff9b:1::1]/", {}},
        Hostile{"http://[2002:7f00:1::]/", {}}, Hostile{"http://[2002:a00:1::1]/", {}},
        Hostile{"http://[2001::1]/", {}}, Hostile{"http://[2001:db8::1]/", {}}, Hostile{"http://[fec0::1]/", {}},
        Hostile{"http://user:secret@127.0.0.1/", {}}, Hostile{"http://public.example@127.0.0.1/", {}}));

INSTANTIATE_TEST_SUITE_P(Form, HostileTarget,
                         testing::Values(Hostile{"file:///etc/passwd", {}}, Hostile{"gopher://127.0.0.1:6379/_", {}},
                                         Hostile{"ftp://trap.example/", {}}, Hostile{"//127.0.0.1/", {}},
                                         Hostile{"127.0.0.1", {}}, Hostile{"http://", {}}, Hostile{"", {}},
                                         Hostile{"http://a%0d%0aHost:%20b/", {}}, Hostile{"http://127.0.0.1%2f/", {}},
                                         Hostile{"http://a b/", {}}, Hostile{"http://[fe80::1%25eth0]/", {}},
                                         Hostile{"javascript:alert(1)", {}}));

INSTANTIATE_TEST_SUITE_P(
    NameServer, HostileTarget,
    testing::Values(Hostile{"http://trap.example/", {"127.0.0.1"}},
                    Hostile{"https://trap.example/", {"169.254.169.254"}},
                    Hostile{"http://trap.example:8080/", {"10.1.2.3"}}, Hostile{"http://trap.example/", {"::1"}},
                    Hostile{"http://trap.example/", {"::ffff:192.168.0.1"}},
                    Hostile{"http://trap.example/", {"fd00::7"}}, Hostile{"http://trap.example/", {"fe80::7"}},
                    Hostile{"http://trap.example/", {"64:ff9b::7f00:1"}},
                    Hostile{"http://trap.example/", {"2002:c0a8:1::1"}}, Hostile{"http://trap.example/", {"0.0.0.0"}},
                    Hostile{"http://trap.example/", {"100.100.100.200"}},
                    Hostile{"http://trap.example/", {"127.0.0.1", "::1", "10.0.0.1"}}));

}  // namespace
}  // namespace etapa::net
