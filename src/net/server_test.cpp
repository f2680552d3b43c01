// The server as a client sees it: bytes in, bytes out, over real connections.
#include "net/server.hpp"

#include "net/test_wire.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace etapa::net {
namespace {

constexpr std::string_view hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(Server, AnswersWithAllItsHeaders) {
    const TestServer test;
    const auto answer = test.ask(hello);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /hello ");
    EXPECT_EQ(answer.header("content-type"), "text/plain");
    EXPECT_EQ(answer.header("content-length"), "11");
    EXPECT_EQ(answer.header("x-request-id").size(), 20);
    EXPECT_TRUE(answer.header("date").ends_with(" gmt")) << answer.header("date");
    EXPECT_EQ(answer.header("connection"), "");
    EXPECT_EQ(answer.header("x-odd"), "ax-forged: b") << "line breaks in a header are left out";
}

TEST(Server, TakesOverTheClientsRequestId) {
    const TestServer test;
    EXPECT_EQ(test.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: my.id-7\r\n\r\n").header("x-request-id"), "my.id-7");
    EXPECT_EQ(test.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: no good\r\n\r\n").header("x-request-id").size(), 20);
}

TEST(Server, KeepsAConnectionForManyRequests) {
    const TestServer test;
    auto wire = test.connect();
    std::string last_id;
    for (int count = 0; count < 100; ++count) {
        wire.send("POST /n HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + count % 90));
        const auto answer = wire.read();
        EXPECT_EQ(answer.body, "POST /n " + std::to_string(10 + count % 90));
        EXPECT_NE(answer.header("x-request-id"), last_id);
        last_id = answer.header("x-request-id");
    }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
    const TestServer test;
    auto wire = test.connect();
    std::string requests;
    for (int count = 0; count < 50; ++count) {
        requests += "GET /" + std::to_string(count) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    wire.send(requests);
    for (int count = 0; count < 50; ++count) EXPECT_EQ(wire.read().body, "GET /" + std::to_string(count) + ' ');
}

TEST(Server, HeadIsAGetWithoutBody) {
    const TestServer test;
    auto wire = test.connect();
    wire.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.send(hello);
    const auto head = wire.read(BodyOf::head_request);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "12");
    EXPECT_EQ(wire.read().body, "GET /hello ");
}

TEST(Server, NoContentHasNoLength) {
    const TestServer test;
    auto wire = test.connect();
    wire.send("DELETE /empty HTTP/1.1\r\nHost: a\r\n\r\n");
    wire.send(hello);
    const auto answer = wire.read();
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.header("content-length"), "");
    EXPECT_EQ(wire.read().status, 200);
}

TEST(Server, Http10ClosesUnlessAskedToKeep) {
    const TestServer test;
    auto closing = test.connect();
    closing.send("GET /old HTTP/1.0\r\n\r\n");
    const auto answer = closing.read();
    EXPECT_EQ(answer.body, "GET /old ");
    EXPECT_EQ(answer.header("connection"), "close");
    EXPECT_EQ(closing.read_to_end(), "");

    auto keeping = test.connect();
    for (int count = 0; count < 2; ++count) {
        keeping.send("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        EXPECT_EQ(keeping.read().header("connection"), "keep-alive");
    }
}

TEST(Server, ClosesWhenAsked) {
    const TestServer test;
    auto wire = test.connect();
    wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(wire.read().header("connection"), "close");
    EXPECT_EQ(wire.read_to_end(), "");
}

TEST(Server, ReadsBodiesOfEveryMethodAndInChunks) {
    const TestServer test;
    EXPECT_EQ(test.ask("DELETE /d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}").body, "DELETE /d {}");
    EXPECT_EQ(
        test.ask("PUT /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n").body,
        "PUT /p abc");
    const std::string large(1'048'576, 'b');
    EXPECT_EQ(test.ask("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + large).body,
              "POST /p " + large);
}

TEST(Server, TellsAWaitingClientToSendItsBody) {
    const TestServer test;
    auto wire = test.connect();
    wire.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(wire.read().status, 100);
    wire.send("ok");
    EXPECT_EQ(wire.read().body, "POST /p ok");
    wire.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n");
    EXPECT_EQ(wire.read().status, 413);
}

struct RefusedCase {
    std::string_view name;
    int status;
    std::string code;
    std::string bytes;
};

class RefusedBytes : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedBytes, GetAJsonAnswerAndAClosedConnection) {
    const TestServer test;
    auto wire = test.connect();
    wire.send(GetParam().bytes);
    const auto answer = wire.read();
    EXPECT_EQ(answer.status, GetParam().status);
    EXPECT_EQ(answer.header("content-type"), "application/json; charset=utf-8");
    EXPECT_EQ(answer.header("connection"), "close");
    const auto body = boost::json::parse(answer.body).as_object();
    EXPECT_EQ(body.at("code").as_string(), GetParam().code);
    EXPECT_EQ(body.at("error"), body.at("message"));
    EXPECT_TRUE(body.at("fields").as_array().empty());
    EXPECT_EQ(body.at("requestId").as_string(), answer.header("x-request-id"));
    EXPECT_EQ(wire.read_to_end(), "");
}

std::string chunks_of(std::size_t bytes) {
    std::string chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t sent = 0; sent < bytes; sent += 4'096) chunks += "1000\r\n" + std::string(4'096, 'c') + "\r\n";
    return chunks + "0\r\n\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedBytes,
    testing::Values(RefusedCase{"Garbage", 400, "malformed_request", "\x16\x03\x01 garbage\r\n\r\n"},
                    RefusedCase{"Http2Preface", 400, "malformed_request", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
                    RefusedCase{"LargeHeader", 431, "header_too_large",
                                "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"},
                    RefusedCase{"LongAddress", 414, "uri_too_long",
                                "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
                    RefusedCase{
                        "LargeBodyByLength", 413, "body_too_large",
                        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x')},
                    RefusedCase{"LargeBodyInChunks", 413, "body_too_large", chunks_of(3'000'000)}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Server, AFailingHandlerCostsOneAnswerNotTheConnection) {
    const TestServer test;
    auto wire = test.connect();
    wire.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto answer = wire.read();
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.header("content-type"), "application/json; charset=utf-8");
    EXPECT_EQ(answer.body.find("the handler failed"), std::string::npos);
    EXPECT_EQ(boost::json::parse(answer.body).at("requestId").as_string(), answer.header("x-request-id"));
    wire.send(hello);
    EXPECT_EQ(wire.read().status, 200);
}

TEST(Server, OptionsReachTheHandlerWithoutCors) {
    const TestServer test;
    const auto answer = test.ask(
        "OPTIONS /o HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n");
    EXPECT_EQ(answer.body, "OPTIONS /o ");
    EXPECT_EQ(answer.header("access-control-allow-origin"), "");
}

TEST(Server, AnswersPreflightsOfAllowedOrigins) {
    auto settings = test_settings();
    settings.cors_allowed_origins = {"https://a.example"};
    const TestServer test(settings);
    const std::string question =
        "Access-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n\r\n";
    const auto allowed = test.ask("OPTIONS /o HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n" + question);
    EXPECT_EQ(allowed.status, 204);
    EXPECT_EQ(allowed.header("access-control-allow-origin"), "https://a.example");
    EXPECT_EQ(allowed.header("access-control-allow-headers"), "authorization");
    EXPECT_NE(allowed.header("access-control-allow-methods").find("put"), std::string::npos);

    const auto foreign = test.ask("OPTIONS /o HTTP/1.1\r\nHost: a\r\nOrigin: https://b.example\r\n" + question);
    EXPECT_EQ(foreign.status, 204);
    EXPECT_EQ(foreign.header("access-control-allow-origin"), "");
    EXPECT_EQ(foreign.header("access-control-allow-methods"), "");

    const auto plain = test.ask("GET /g HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n\r\n");
    EXPECT_EQ(plain.header("access-control-allow-origin"), "https://a.example");
    EXPECT_EQ(plain.header("vary"), "origin");
    EXPECT_EQ(plain.header("access-control-expose-headers"),
              "x-request-id, retry-after, allow, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, "
              "idempotent-replayed, content-disposition");
}

TEST(Server, AStarAllowsEveryOriginAlsoForErrors) {
    auto settings = test_settings();
    settings.cors_allowed_origins = {"*"};
    const TestServer test(settings);
    EXPECT_EQ(test.ask("GET /throw HTTP/1.1\r\nHost: a\r\nOrigin: https://x.example\r\n\r\n")
                  .header("access-control-allow-origin"),
              "*");
}

TEST(Server, CountsRequestsByRouteMethodAndStatus) {
    const TestServer test;
    std::ignore = test.ask("GET /item/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    std::ignore = test.ask("GET /item/2 HTTP/1.1\r\nHost: a\r\n\r\n");
    std::ignore = test.ask("nonsense\r\n\r\n");
    const auto text = test.metrics.text();
    EXPECT_NE(text.find(R"(etapa_http_requests_total{method="GET",route="/item/{id}",status="200"} 2)"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find(R"(route="unmatched",status="400"} 1)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"(etapa_http_request_seconds_count{route="/item/{id}"} 2)"), std::string::npos) << text;
}

}  // namespace
}  // namespace etapa::net
