#include "net/request_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace etapa::net {
namespace {

constexpr RequestLimits limits{.target_bytes_max = 64, .header_bytes_max = 256, .body_bytes_max = 16};
using State = RequestParser::State;

void append(boost::beast::flat_buffer& buffer, std::string_view bytes) {
    const auto space = buffer.prepare(bytes.size());
    std::copy(bytes.begin(), bytes.end(), static_cast<char*>(space.data()));
    buffer.commit(bytes.size());
}

// Feeds the bytes in pieces of the given size; stops when the parser has made up its mind.
State parse(RequestParser& parser, std::string_view bytes, std::size_t piece) {
    boost::beast::flat_buffer buffer;
    auto state = State::incomplete;
    while (!bytes.empty() && state == State::incomplete) {
        append(buffer, bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        state = parser.feed(buffer);
    }
    return state;
}

struct RefusedCase {
    std::string_view name;
    int status;
    std::string bytes;
};

class RefusedRequest : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedRequest, HasTheRightStatusHoweverItArrives) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        Request request;
        RequestParser parser(request, limits);
        ASSERT_EQ(parse(parser, GetParam().bytes, piece), State::refused) << piece;
        EXPECT_EQ(parser.refusal().status, GetParam().status) << piece;
    }
}

std::string with_headers(std::string_view headers) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    , RefusedRequest,
    testing::Values(
        RefusedCase{"Garbage", 400, "\x16\x03\x01\x02garbage\r\n\r\n"},
        RefusedCase{"Http2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}, RefusedCase{"NoVersion", 400, "GET /\r\n\r\n"},
        RefusedCase{"Http3", 400, "GET / HTTP/3.1\r\n\r\n"},
        RefusedCase{"NoSlash", 400, "GET path HTTP/1.1\r\nHost: a\r\n\r\n"},
        RefusedCase{"NoHost", 400, "GET / HTTP/1.1\r\n\r\n"},
        RefusedCase{"TwoHosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
        RefusedCase{"SpaceBeforeColon", 400, with_headers("Content-Length : 1\r\n")},
        RefusedCase{"BareLineFeed", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"},
        RefusedCase{"NulInHeader", 400, with_headers(std::string("X: a\0b\r\n", 8))},
        RefusedCase{"LengthAndChunks", 400, with_headers("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")},
        RefusedCase{"TwoLengths", 400, with_headers("Content-Length: 1\r\nContent-Length: 2\r\n")},
        RefusedCase{"NegativeLength", 400, with_headers("Content-Length: -1\r\n")},
        RefusedCase{"HugeLength", 400, with_headers("Content-Length: 99999999999999999999\r\n")},
        RefusedCase{"BadChunk", 400, with_headers("Transfer-Encoding: chunked\r\n") + "xyz\r\n"},
        RefusedCase{"ChunksInHttp10", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
        RefusedCase{"GzipThenChunked", 501, with_headers("Transfer-Encoding: gzip, chunked\r\n")},
        RefusedCase{"OtherExpectation", 417, with_headers("Expect: a-miracle\r\n")},
        RefusedCase{"LongTarget", 414, "GET /" + std::string(64, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
        RefusedCase{"EndlessTarget", 414, "GET /" + std::string(1'000, 'a')},
        RefusedCase{"OneLargeHeader", 431, with_headers("X: " + std::string(256, 'a') + "\r\n")},
        RefusedCase{"EndlessHeader", 431, "GET / HTTP/1.1\r\nX: " + std::string(1'000, 'a')},
        RefusedCase{"ManySmallHeaders", 431, with_headers([] {
                        std::string headers;
                        for (int count = 0; count < 100; ++count) headers += "X: a\r\n";
                        return headers;
                    }())},
        RefusedCase{"LongBody", 413, with_headers("Content-Length: 17\r\n")},
        RefusedCase{"LongChunk", 413, with_headers("Transfer-Encoding: chunked\r\n") + "11\r\nx"},
        RefusedCase{"ManyChunks", 413, with_headers("Transfer-Encoding: chunked\r\n") + "a\r\n0123456789\r\n7\r\n"},
        RefusedCase{"EndlessChunkExtension", 431,
                    with_headers("Transfer-Encoding: chunked\r\n") + "1;" + std::string(1'000, 'x')},
        RefusedCase{"EndlessTrailer", 431,
                    with_headers("Transfer-Encoding: chunked\r\n") + "0\r\nX: " + std::string(1'000, 'x')}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(RequestParser, ReadsEveryPartHoweverItArrives) {
    const std::string bytes =
        "\r\nPUT /crm/step%20x?a=1&b=?2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer k\r\n"
        "Content-Type: Application/JSON ; charset=UTF-8\r\nX-Request-Id: abc.D_1-2\r\nContent-Length: 5\r\n\r\nhello";
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{100'000}}) {
        Request request;
        RequestParser parser(request, limits);
        ASSERT_EQ(parse(parser, bytes, piece), State::complete);
        EXPECT_EQ(request.method, Method::put);
        EXPECT_EQ(request.path, "/crm/step%20x");
        EXPECT_EQ(request.query, "a=1&b=?2");
        EXPECT_EQ(request.authorization, "Bearer k");
        EXPECT_EQ(request.content_type, "application/json");
        EXPECT_EQ(request.request_id, "abc.D_1-2");
        EXPECT_EQ(request.body, "hello");
        EXPECT_TRUE(request.has_body);
        EXPECT_EQ(request.headers.size(), 5);
        EXPECT_EQ(request.header("content-length"), "5");
        EXPECT_TRUE(parser.wants_keep_alive());
    }
}

TEST(RequestParser, ReadsChunksAndKeepsTrailersOut) {
    Request request;
    RequestParser parser(request, limits);
    const auto bytes = with_headers("Transfer-Encoding: chunked\r\n") +
                       "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nAuthorization: forged\r\nX-Late: 1\r\n\r\n";
    ASSERT_EQ(parse(parser, bytes, 1), State::complete);
    EXPECT_EQ(request.body, "abcde");
    EXPECT_EQ(request.authorization, "");
    EXPECT_EQ(request.header("x-late"), "");
}

TEST(RequestParser, AnEmptyChunkedBodyIsNoBody) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
        Request request;
        RequestParser parser(request, limits);
        ASSERT_EQ(parse(parser, with_headers("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", piece), State::complete);
        EXPECT_FALSE(request.has_body);
    }
}

TEST(RequestParser, NothingIsLeftOfTheRequestBefore) {
    Request request;
    RequestParser first(request, limits);
    ASSERT_EQ(
        parse(first,
              with_headers("Authorization: a\r\nContent-Type: b\r\nX-Request-Id: c\r\nContent-Length: 1\r\n") + "x",
              100'000),
        State::complete);
    RequestParser second(request, limits);
    ASSERT_EQ(parse(second, "GET /other HTTP/1.1\r\nHost: a\r\n\r\n", 100'000), State::complete);
    EXPECT_EQ(request.method, Method::get);
    EXPECT_EQ(request.headers.size(), 1);
    EXPECT_EQ(request.authorization + request.content_type + request.request_id + request.body + request.query, "");
    EXPECT_FALSE(request.has_body);
    RequestParser third(request, limits);
    ASSERT_EQ(parse(third, "nonsense\r\n\r\n", 100'000), State::refused);
    EXPECT_TRUE(request.headers.empty());
}

TEST(RequestParser, LeavesTheNextRequestInTheBuffer) {
    boost::beast::flat_buffer buffer;
    append(buffer, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    Request request;
    for (const auto* path : {"/1", "/2"}) {
        RequestParser parser(request, limits);
        ASSERT_EQ(parser.feed(buffer), State::complete);
        EXPECT_EQ(request.path, path);
    }
    EXPECT_EQ(buffer.size(), 0);
}

TEST(RequestParser, UnsafeRequestIdsAreNotTakenOver) {
    for (const std::string& id : {std::string(65, 'a'), std::string("a b"), std::string("a\"b"), std::string("é")}) {
        Request request;
        RequestParser parser(request, limits);
        ASSERT_EQ(parse(parser, with_headers("X-Request-Id: " + id + "\r\n"), 100'000), State::complete);
        EXPECT_EQ(request.request_id, "") << id;
    }
}

TEST(RequestParser, WholeUrlsAreCutToTheirPath) {
    for (const auto& [target, path] :
         {std::pair{"http://host:1/a?b", "/a"}, {"https://host", "/"}, {"/http://x", "/http://x"}}) {
        Request request;
        RequestParser parser(request, limits);
        ASSERT_EQ(parse(parser, "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n\r\n", 100'000),
                  State::complete);
        EXPECT_EQ(request.path, path);
    }
}

TEST(RequestParser, TheExpectationIsMetOnceAndOnlyBeforeTheBody) {
    boost::beast::flat_buffer buffer;
    Request request;
    RequestParser parser(request, limits);
    append(buffer, with_headers("Expect: 100-Continue\r\nContent-Length: 2\r\n"));
    ASSERT_EQ(parser.feed(buffer), State::incomplete);
    EXPECT_TRUE(parser.takes_expectation());
    EXPECT_FALSE(parser.takes_expectation());
    append(buffer, "ab");
    EXPECT_EQ(parser.feed(buffer), State::complete);
}

TEST(LargerBody, IsReadWhenTheHeadMayHaveIt) {
    const std::function<std::size_t(const Request&)> larger = [](const Request& head) {
        return head.authorization == "Bearer key" && head.path == "/files" ? 64 : 0;
    };
    RequestLimits wider = limits;
    wider.larger_body_bytes_max = &larger;
    const auto outcome = [&](const std::string& path, const std::string& key, const std::string& rest) {
        Request request;
        RequestParser parser(request, wider);
        const auto head = "POST " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + key + "\r\n";
        const auto state = parse(parser, head + rest, 7);
        EXPECT_EQ(parser.takes_larger_body(), path == "/files" && key == "key" && !rest.ends_with("-"));
        EXPECT_FALSE(parser.takes_larger_body());
        return state == State::complete ? request.body.size() : 0;
    };
    const auto length = "Content-Length: 64\r\n\r\n" + std::string(64, 'x');
    const auto chunks = "Transfer-Encoding: chunked\r\n\r\n20\r\n" + std::string(32, 'x') + "\r\n0\r\n\r\n";
    for (const auto& [rest, bytes] : {std::pair(length, 64UL), std::pair(chunks, 32UL)}) {
        EXPECT_EQ(outcome("/files", "key", rest), bytes);
        EXPECT_EQ(outcome("/files", "wrong", rest), 0);
        EXPECT_EQ(outcome("/other", "key", rest), 0);
    }
    EXPECT_EQ(outcome("/files", "key", "Content-Length: 65\r\n\r\n" + std::string(64, 'x') + '-'), 0);
}

}  // namespace
}  // namespace etapa::net
