// Compressed answers, as a client sees them.
#include "net/gzip.hpp"

#include "net/server.hpp"
#include "net/test_wire.hpp"

#include <boost/beast/zlib/inflate_stream.hpp>
#include <gtest/gtest.h>

#include <array>

namespace etapa::net {
namespace {

std::string text_of(std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += "Line " + std::to_string(text.size()) + "\n";
    text.resize(bytes);
    return text;
}

// The head is 10 bytes without flags, the tail a checksum and a length.
std::string unpacked(std::string_view gzip) {
    EXPECT_TRUE(gzip.starts_with("\x1f\x8b\x08")) << "a gzip file";
    std::string text(1'000'000, '\0');
    boost::beast::zlib::inflate_stream stream;
    boost::beast::zlib::z_params work;
    work.next_in = gzip.data() + 10;
    work.avail_in = gzip.size() - 18;
    work.next_out = text.data();
    work.avail_out = text.size();
    boost::beast::error_code end;
    stream.write(work, boost::beast::zlib::Flush::sync, end);
    text.resize(work.total_out);
    return text;
}

class Lines final : public BodyStream {
    boost::asio::awaitable<bool> next(std::string& piece) override {
        piece = text_of(20'000);
        co_return ++pieces_ < 3;
    }
    int pieces_ = 0;
};

class PackingServer {
public:
    PackingServer()
        : server_(Env{.clock = clock_, .log = Log::silent(), .metrics = metrics_, .random = random_}, test_settings(),
                  [](Request& request, Response& response) { return handle(request, response); }) {
        server_.start();
    }

    [[nodiscard]] Wire ask(std::string_view path, std::string_view accepted, std::string_view method = "GET") const {
        Wire wire(server_.port());
        wire.send(std::string(method) + ' ' + std::string(path) +
                  " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + std::string(accepted) + "\r\n\r\n");
        return wire;
    }

private:
    static boost::asio::awaitable<void> handle(Request& request, Response& response) {
        if (request.path == "/png") response.content_type = "image/png";
        if (request.path == "/live") response.content_type = "text/event-stream";
        if (request.path == "/packed") response.headers.emplace_back("Content-Encoding", "gzip");
        response.body = text_of(request.path == "/small" ? 100 : 100'000);
        if (request.path == "/lines") response.stream = std::make_shared<Lines>();
        co_return;
    }

    SystemClock clock_;
    Metrics metrics_;
    SeededRandom random_{1};
    Server server_;
};

TEST(GzipAnswers, ALargeAnswerIsCompressedForAClientThatAcceptsIt) {
    const PackingServer server;
    const auto answer = server.ask("/json", "br, gzip;q=0.8").read();
    EXPECT_EQ(answer.header("content-encoding"), "gzip");
    EXPECT_EQ(answer.header("vary"), "accept-encoding");
    EXPECT_LT(answer.body.size(), 40'000);
    EXPECT_EQ(unpacked(answer.body), text_of(100'000));
    EXPECT_EQ(answer.header("content-length"), std::to_string(answer.body.size()));
    const auto head = server.ask("/json", "gzip", "HEAD").read(BodyOf::head_request);
    EXPECT_EQ(head.header("content-length"), answer.header("content-length"));
    EXPECT_EQ(head.header("content-encoding"), "gzip");
}

TEST(GzipAnswers, OthersGetItAsItIsAndCachesAreTold) {
    const PackingServer server;
    for (const std::string_view accepted : {"", "br", "gzip;q=0", "gzip; q=0.000", "notgzip", "*;q=0"}) {
        const auto answer = server.ask("/json", accepted).read();
        EXPECT_EQ(answer.header("content-encoding"), "") << accepted;
        EXPECT_EQ(answer.header("vary"), "accept-encoding");
        EXPECT_EQ(answer.body, text_of(100'000));
    }
}

TEST(GzipAnswers, SmallAndPackedAndLiveAnswersStayAsTheyAre) {
    const PackingServer server;
    for (const std::string_view path : {"/small", "/png", "/live"}) {
        const auto answer = server.ask(path, "gzip").read();
        EXPECT_EQ(answer.header("content-encoding"), "") << path;
        EXPECT_EQ(answer.header("vary"), "") << path;
    }
    EXPECT_EQ(server.ask("/packed", "gzip").read().body, text_of(100'000));
}

TEST(GzipAnswers, StreamsAreCompressedPieceByPiece) {
    const PackingServer server;
    auto wire = server.ask("/lines", "gzip");
    EXPECT_EQ(wire.read().header("content-encoding"), "gzip");
    const auto packed = wire.read_chunks();
    ASSERT_TRUE(packed);
    EXPECT_LT(packed->size(), 60'000);
    EXPECT_EQ(unpacked(*packed), text_of(100'000) + text_of(20'000) + text_of(20'000) + text_of(20'000));
}

TEST(Gzip, KnowsWhatAcceptEncodingSays) {
    for (const std::string_view yes : {"gzip", "GZIP", "deflate, gzip", "gzip;q=0.001", "gzip ; q=1"}) {
        EXPECT_TRUE(accepts_gzip(yes)) << yes;
    }
    for (const std::string_view no : {"", "identity", "gzip;q=0", "gzip;q=0.0", "xgzip", "gzip2"}) {
        EXPECT_FALSE(accepts_gzip(no)) << no;
    }
}

}  // namespace
}  // namespace etapa::net
