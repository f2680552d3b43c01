#pragma once
// One connection: reads its requests one after the other, has them answered, writes the answers in order. Lives on one
// I/O thread and takes no lock. It sets deadlines for itself; the thread calls cancel_if_late() now and then, which is
// cheaper than a timer for each read and write and lets a late client be told (408).

#include "net/compute_pool.hpp"
#include "net/cors.hpp"
#include "net/reply.hpp"
#include "net/request_metrics.hpp"
#include "net/request_parser.hpp"
#include "net/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace etapa::net {

using Instant = std::chrono::steady_clock::time_point;

// Fresh request ids. Draws randomness for many at once, because asking the system costs more than all the rest.
class RequestIds {
public:
    explicit RequestIds(Random& random) : random_(random) {}
    void assign_next(std::string& id);

private:
    Random& random_;
    std::array<std::byte, 1'280> pool_{};
    std::size_t used_ = pool_.size();
};

// What the sessions of one I/O thread share.
struct Workplace {
    Env env;
    const ServerSettings& settings;
    const Handler& handler;
    const Cors& cors;
    ComputePool& compute;
    unsigned io_thread;
    RequestMetrics metrics{env.metrics};
    RequestIds ids{env.random};
    DateText date{};
    bool is_draining = false;
};

// Whether the connection is served, or told that there are too many.
enum class Admission { serve, turn_away };

class Session {
public:
    Session(boost::asio::ip::tcp::socket socket, Workplace& workplace, Admission admission);

    // Ends when the connection does. The session must outlive it.
    boost::asio::awaitable<void> run();

    void cancel_if_late(Instant now);
    // Ends it when it waits for a request, and the stream that it sends.
    void cancel_if_idle();
    void close();

private:
    enum class Phase { idle, reading, handling, writing, lingering };
    enum class Piece { made, last, failed };

    void begin_request();
    boost::asio::awaitable<bool> receive();
    boost::asio::awaitable<void> answer();
    [[nodiscard]] bool is_to_compress();
    boost::asio::awaitable<void> compress();
    boost::asio::awaitable<bool> send();
    boost::asio::awaitable<bool> send_pieces();
    boost::asio::awaitable<bool> send_piece(const std::string& piece);
    boost::asio::awaitable<Piece> next_piece(std::string& piece);
    void end_stream_with_client();
    boost::asio::awaitable<void> linger();

    // Records what the connection waits for and until when.
    void enter(Phase phase, Duration limit);
    [[nodiscard]] bool was_cut_in_a_request(const boost::system::error_code& error) const;
    void refuse(const Refusal& refusal);
    void write_head();
    [[nodiscard]] Framing framing() const;
    void record();
    void give_back_memory();

    boost::asio::ip::tcp::socket socket_;
    boost::asio::ip::address peer_;
    Workplace& workplace_;
    Admission admission_;
    Phase phase_ = Phase::idle;
    std::optional<Instant> deadline_;
    Instant received_at_;
    bool keeps_alive_ = true;
    boost::beast::flat_buffer buffer_;
    Request request_;
    Response response_;
    std::optional<RequestParser> parser_;
    std::string head_;
};

}  // namespace etapa::net
