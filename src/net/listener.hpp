#pragma once
// The one socket that accepts connections. It runs on the first I/O thread and deals them to all in turn.

#include "net/io_thread.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <span>

namespace etapa::net {

class Listener {
public:
    // Binds and listens; throws ListenError. The threads outlive the listener.
    Listener(ServerBase& base, std::span<const std::unique_ptr<IoThread>> threads);

    // From any thread.
    void start();
    void close();
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    enum class Round { all_accepted, out_of_resources };

    boost::asio::awaitable<void> accept_all();
    Round accept_waiting();
    void deal(boost::asio::ip::tcp::socket socket, IoThread& thread);

    ServerBase& base_;
    std::span<const std::unique_ptr<IoThread>> threads_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
    std::uint16_t port_ = 0;
    std::size_t next_thread_ = 0;
};

}  // namespace etapa::net
