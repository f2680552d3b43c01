#pragma once
// A body that is made while it is sent, piece by piece, because it is large or because it never ends. A handler puts
// one into Response::stream:
//
//     class Lines final : public net::BodyStream {
//         boost::asio::awaitable<bool> next(std::string& piece) override { … co_return true; }
//     };
//     response.stream = std::make_shared<Lines>(…);
//
// What Response::body holds is sent first. The next piece is asked for only when the connection has taken the one
// before, so a stream holds one piece at a time however slow the client is; a client that takes a piece not at all
// within the write time-out is cut. Between the pieces a stream may wait as long as it likes.
//
// Answers to HEAD have the same headers, and no piece is asked for.

#include <boost/asio/awaitable.hpp>

#include <string>

namespace etapa::net {

// Lives on the I/O thread of its connection, which makes all the calls, and goes with the answer.
class BodyStream {
public:
    BodyStream() = default;
    virtual ~BodyStream() = default;
    BodyStream(const BodyStream&) = delete;
    BodyStream& operator=(const BodyStream&) = delete;

    // Puts the next piece into the empty `piece`; it may stay empty when there is nothing to send yet. False when the
    // body ends with this piece. What it throws is logged and cuts the answer off, so that the client sees that the
    // rest is missing.
    virtual boost::asio::awaitable<bool> next(std::string& piece) = 0;

    // Nobody needs the rest: the client has gone, or the server ends. A stream that waits for something returns from
    // `next` soon after. May be called more than once, also while no `next` is under way; a body with an end may
    // ignore it.
    virtual void end() {}
};

}  // namespace etapa::net
