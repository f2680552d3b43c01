// What slow, broken and too many clients do to the server, and how it starts and ends.
#include "net/server.hpp"
#include "net/test_wire.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <sys/resource.h>

namespace etapa::net {
namespace {

constexpr std::string_view hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

using std::chrono::steady_clock;

// Leaves room for the client's side of many connections in this process.
void raise_open_files_limit(rlim_t wanted) {
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
    ASSERT_GE(limit.rlim_max, wanted);
    limit.rlim_cur = std::max(limit.rlim_cur, wanted);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST(ServerLimits, AnIdleConnectionIsClosedWithoutAWord) {
    auto settings = test_settings();
    settings.idle_timeout = Duration{50};
    const TestServer test(settings);
    auto silent = test.connect();
    EXPECT_EQ(silent.read_to_end(), "");
    auto once = test.connect();
    once.send(hello);
    EXPECT_EQ(once.read().status, 200);
    EXPECT_EQ(once.read_to_end(), "");
}

TEST(ServerLimits, ARequestThatDoesNotArriveIsCutAndTold) {
    auto settings = test_settings();
    settings.request_timeout = Duration{50};
    const TestServer test(settings);
    for (const std::string_view part :
         {"GET / HTTP/1.1\r\nHost:", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"}) {
        auto wire = test.connect();
        wire.send(part);
        EXPECT_EQ(wire.read().status, 408);
        EXPECT_EQ(wire.read_to_end(), "");
    }
}

TEST(ServerLimits, ADripOfBytesDoesNotProlongARequest) {
    auto settings = test_settings();
    settings.request_timeout = Duration{100};
    const TestServer test(settings);
    auto wire = test.connect();
    std::atomic<bool> is_cut = false;
    const auto start = steady_clock::now();
    std::thread drip([&] {
        while (!is_cut && steady_clock::now() - start < std::chrono::seconds(20)) wire.send("\r\n");
    });
    EXPECT_EQ(wire.read().status, 408);
    is_cut = true;
    drip.join();
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(ServerLimits, AClientThatDoesNotReadIsCut) {
    auto settings = test_settings();
    settings.write_timeout = Duration{100};
    TestServer test(settings);
    Wire wire(test.server.port(), 4'096);
    wire.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\nGET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(test.ask(hello).status, 200) << "others are served meanwhile";
    const auto start = steady_clock::now();
    test.server.drain(seconds(20));
    EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(10)) << "the write time-out ended it";
    EXPECT_LT(wire.read_to_end().value_or("").size(), TestServer::huge_bytes);
}

TEST(ServerLimits, AClientThatVanishesHarmsNobody) {
    const TestServer test;
    for (int count = 0; count < 5; ++count) {
        auto wire = test.connect();
        wire.send("GET /huge HTTP/1.1\r\nHost: a\r\n\r\n");
        wire.reset();
        auto half = test.connect();
        half.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
        half.reset();
    }
    EXPECT_EQ(test.ask(hello).status, 200);
}

TEST(ServerLimits, AThousandIdleConnectionsAndOneThatIsServed) {
    raise_open_files_limit(4'096);
    const TestServer test;
    std::vector<Wire> idle;
    for (int count = 0; count < 1'024; ++count) {
        idle.push_back(test.connect());
        ASSERT_TRUE(idle.back().is_connected());
    }
    EXPECT_EQ(test.ask(hello).status, 200);
    idle.front().send(hello);
    idle.back().send(hello);
    EXPECT_EQ(idle.front().read().status, 200);
    EXPECT_EQ(idle.back().read().status, 200);
}

TEST(ServerLimits, TooManyConnectionsAreToldToComeBack) {
    auto settings = test_settings();
    settings.connections_max = 2;
    const TestServer test(settings);
    auto first = test.connect();
    auto second = test.connect();
    for (auto* wire : {&first, &second}) {
        wire->send(hello);
        EXPECT_EQ(wire->read().status, 200);
    }
    auto third = test.connect();
    third.send(hello);
    const auto answer = third.read();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("retry-after"), "1");
    EXPECT_EQ(third.read_to_end(), "");

    first.close();
    int status = 503;
    while (status == 503) status = test.ask(hello).status;  // until the server has noticed
    EXPECT_EQ(status, 200);
    second.send(hello);
    EXPECT_EQ(second.read().status, 200);
}

TEST(ServerLimits, WithoutFreeFilesConnectionsWait) {
    const TestServer test;
    auto wire = test.connect();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit few{128, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<Wire> taken;
    do {
        taken.push_back(test.connect());
    } while (taken.back().is_connected() && taken.size() < 200);
    EXPECT_LT(taken.size(), 128);
    taken.clear();
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    wire.send(hello);
    EXPECT_EQ(wire.read().status, 200);
    EXPECT_EQ(test.ask(hello).status, 200);
}

TEST(ServerEnd, DrainingLetsTheRequestInFlightFinish) {
    TestServer test;
    auto busy = test.connect();
    busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    test.gate.wait_for_request();
    auto idle = test.connect();
    idle.send(hello);
    EXPECT_EQ(idle.read().status, 200);

    auto drained = std::async(std::launch::async, [&] { test.server.drain(seconds(20)); });
    EXPECT_EQ(idle.read_to_end(), "") << "idle connections are ended at once";
    while (test.connect().is_connected()) {  // until the listener has gone
    }
    test.gate.open();
    const auto answer = busy.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_EQ(busy.read_to_end(), "");
    busy.close();
    drained.get();
}

TEST(ServerEnd, DrainingEndsInTime) {
    TestServer test;
    auto stuck = test.connect();
    stuck.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    test.gate.wait_for_request();
    test.server.drain(Duration{50});
    EXPECT_EQ(stuck.read_to_end(), "");
}

TEST(ServerEnd, DestroyingWithRequestsInFlightIsSafe) {
    std::optional<Wire> left;
    {
        TestServer test;
        left.emplace(test.server.port());
        left->send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        test.gate.wait_for_request();
    }
    EXPECT_EQ(left->read_to_end(), "");
}

TEST(ServerStart, ARestartBindsTheSamePortAtOnce) {
    auto settings = test_settings();
    for (int round = 0; round < 5; ++round) {
        const TestServer test(settings);
        settings.port = test.server.port();
        auto open_at_the_end = test.connect();
        open_at_the_end.send(hello);
        EXPECT_EQ(open_at_the_end.read().status, 200);
    }
}

TEST(ServerStart, APortThatIsTakenIsExplained) {
    const TestServer test;
    auto settings = test_settings();
    settings.port = test.server.port();
    try {
        const TestServer second(settings);
        FAIL() << "two servers on one port";
    } catch (const ListenError& error) {
        EXPECT_EQ(std::string(error.what()), "Cannot listen on 127.0.0.1 port " + std::to_string(settings.port) +
                                                 ": another program listens there. Stop it, or choose another port.");
    }
}

TEST(ServerStart, HostsThatAreNotHereAreExplained) {
    auto settings = test_settings();
    settings.host = "no such host";
    EXPECT_THROW(TestServer{settings}, ListenError);
    settings.host = "203.0.113.1";
    EXPECT_THROW(TestServer{settings}, ListenError);
}

TEST(ServerStart, ListensOnIp6) {
    auto settings = test_settings();
    settings.host = "::1";
    const TestServer test(settings);
    EXPECT_GT(test.server.port(), 0);
}

}  // namespace
}  // namespace etapa::net
