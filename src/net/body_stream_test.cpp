// Bodies that are made while they are sent.
#include "net/body_stream.hpp"

#include "net/test_wire.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace etapa::net {
namespace {

constexpr std::size_t large_bytes = 65'536;
constexpr int endless = 1'000'000;

// What the test learns of a stream.
struct Seen {
    std::atomic<int> pieces = 0;
    std::atomic<bool> is_ended = false;
    std::atomic<bool> is_gone = false;
};

class NumberedPieces final : public BodyStream {
public:
    NumberedPieces(int count, Seen& seen) : count_(count), seen_(seen) {}
    ~NumberedPieces() override { seen_.is_gone = true; }

    boost::asio::awaitable<bool> next(std::string& piece) override {
        EXPECT_TRUE(piece.empty());
        const int number = ++seen_.pieces;
        if (count_ == endless) piece.assign(large_bytes, 'x');
        if (count_ != endless && number % 2 == 1) piece = std::to_string(number) + ' ';
        co_return number < count_;
    }

private:
    int count_;
    Seen& seen_;
};

class Failing final : public BodyStream {
    boost::asio::awaitable<bool> next(std::string&) override {
        throw std::runtime_error("no more");
        co_return false;
    }
};

// Waits until it is told to end.
class Waiting final : public BodyStream {
public:
    explicit Waiting(Seen& seen) : seen_(seen) {}
    ~Waiting() override { seen_.is_gone = true; }

    boost::asio::awaitable<bool> next(std::string&) override {
        const auto executor = co_await boost::asio::this_coro::executor;
        timer_.emplace(executor, boost::asio::steady_timer::time_point::max());
        ++seen_.pieces;
        boost::system::error_code error;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
        if (!seen_.is_ended) co_await timer_->async_wait(token);
        co_return false;
    }

    void end() override {
        seen_.is_ended = true;
        if (timer_) timer_->cancel();
    }

private:
    Seen& seen_;
    std::optional<boost::asio::steady_timer> timer_;
};

class StreamServer {
public:
    explicit StreamServer(const ServerSettings& settings = test_settings())
        : server(Env{.clock = clock, .log = Log::silent(), .metrics = metrics, .random = random}, settings,
                 [this](Request& request, Response& response) { return handle(request, response); }) {
        server.start();
    }

    [[nodiscard]] Wire ask(const std::string& path, const std::string& method = "GET") const {
        Wire wire(server.port(), 4'096);
        wire.send(method + ' ' + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        return wire;
    }

    SystemClock clock;
    Metrics metrics;
    SeededRandom random{1};
    Seen seen;
    Server server;

private:
    boost::asio::awaitable<void> handle(Request& request, Response& response) {
        response.content_type = "text/plain";
        if (request.path == "/numbers") response.stream = std::make_shared<NumberedPieces>(5, seen);
        if (request.path == "/endless") response.stream = std::make_shared<NumberedPieces>(endless, seen);
        if (request.path == "/fail") response.stream = std::make_shared<Failing>();
        if (request.path == "/wait") response.stream = std::make_shared<Waiting>(seen);
        response.body = "begin ";
        co_return;
    }
};

void wait_for(const std::atomic<bool>& fact) {
    const auto start = std::chrono::steady_clock::now();
    while (!fact && std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) std::this_thread::yield();
    EXPECT_TRUE(fact);
}

TEST(BodyStream, ComesInChunksAfterTheBodyAndTheConnectionGoesOn) {
    const StreamServer test;
    auto wire = test.ask("/numbers");
    for (int round = 0; round < 2; ++round) {
        const auto head = wire.read();
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(head.header("transfer-encoding"), "chunked");
        EXPECT_EQ(head.header("content-length"), "");
        EXPECT_EQ(wire.read_chunks(), round == 0 ? "begin 1 3 5 " : "begin ");
        wire.send("GET /numbers HTTP/1.1\r\nHost: a\r\n\r\n");
    }
}

TEST(BodyStream, HeadAsksForNoPiece) {
    const StreamServer test;
    auto wire = test.ask("/numbers", "HEAD");
    EXPECT_EQ(wire.read(BodyOf::head_request).header("transfer-encoding"), "chunked");
    wire.send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(wire.read().body, "begin ");
    EXPECT_EQ(test.seen.pieces, 0);
    EXPECT_TRUE(test.seen.is_gone);
}

TEST(BodyStream, WithoutChunksTheEndOfTheConnectionEndsIt) {
    const StreamServer test;
    Wire wire(test.server.port());
    wire.send("GET /numbers HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto head = wire.read();
    EXPECT_EQ(head.header("transfer-encoding"), "");
    EXPECT_EQ(head.header("connection"), "close");
    EXPECT_EQ(wire.read_to_end(), "begin 1 3 5 ");
}

TEST(BodyStream, NoPieceIsMadeAheadOfAClientThatDoesNotRead) {
    auto settings = test_settings();
    settings.write_timeout = Duration{100};
    const StreamServer test(settings);
    const auto wire = test.ask("/endless");
    wait_for(test.seen.is_gone);
    EXPECT_GE(test.seen.pieces, 1);
    EXPECT_LT(test.seen.pieces, 200) << "no more than the system's buffers hold";
}

TEST(BodyStream, AClientThatGoesAwayEndsIt) {
    StreamServer test;
    auto reading = test.ask("/endless");
    EXPECT_EQ(reading.read().status, 200);
    reading.reset();
    wait_for(test.seen.is_gone);
    test.seen.is_gone = false;
    auto waiting = test.ask("/wait");
    EXPECT_EQ(waiting.read().status, 200);
    EXPECT_FALSE(test.seen.is_ended);
    waiting.close();
    wait_for(test.seen.is_ended);
    wait_for(test.seen.is_gone);
}

TEST(BodyStream, TheEndOfTheServerEndsItProperly) {
    StreamServer test;
    auto wire = test.ask("/wait");
    EXPECT_EQ(wire.read().status, 200);
    auto drained = std::async(std::launch::async, [&] { test.server.drain(seconds(20)); });
    EXPECT_EQ(wire.read_chunks(), "begin ");
    wire.close();
    drained.get();
    EXPECT_TRUE(test.seen.is_ended);
}

TEST(BodyStream, AFailureCutsTheAnswerOff) {
    const StreamServer test;
    auto wire = test.ask("/fail");
    EXPECT_EQ(wire.read().status, 200);
    EXPECT_EQ(wire.read_chunks(), std::nullopt);
}

}  // namespace
}  // namespace etapa::net
