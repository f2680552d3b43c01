#pragma once
// The HTTP/1.1 server. It reads requests within limits, hands them to one handler, and writes the answers; it knows no
// route and nothing of what is served. Slow and broken clients are cut by time-outs and cost the others nothing.
//
// One thread, with its own I/O context, serves a connection from beginning to end. One acceptor deals the connections
// to the threads in turn, so a port that is taken is noticed.

#include "base/env.hpp"
#include "net/http.hpp"
#include "net/proxies.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace etapa::net {

// Fills the response. Runs on the connection's thread; what it throws becomes one 500 and a line in the log.
using Handler = std::function<boost::asio::awaitable<void>(Request&, Response&)>;

struct ServerSettings {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;  // 0: any free one, see Server::port()
    unsigned io_threads = std::max(2U, std::thread::hardware_concurrency()) - 1;
    std::size_t target_bytes_max = 8'192;
    std::size_t header_bytes_max = 16'384;
    std::size_t body_bytes_max = 1'048'576;
    // How large the body of a request may be of which only the head has come, when its path takes more than others; 0
    // when not. Asked for a body that is too large or does not say how large it is.
    std::function<std::size_t(const Request&)> larger_body_bytes_max;
    // Whether this client may send such a body: it should be known, because bodies are kept in memory.
    std::function<boost::asio::awaitable<bool>(const Request&)> admits_larger_body;
    std::size_t connections_max = 4'096;
    Duration idle_timeout = seconds(75);             // between the requests of a connection
    Duration request_timeout = seconds(30);          // from the first byte of a request to its last
    Duration larger_request_timeout = seconds(300);  // the same for one with a larger body
    Duration write_timeout = seconds(30);            // for the client to take its answer
    Proxies proxies;
    std::vector<std::string> cors_allowed_origins;  // `*` allows all; empty sends no CORS headers
};

// Why the server can't listen: a sentence that says what to do.
class ListenError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Server {
public:
    // `env` and what the handler refers to outlive the server's requests: see drain().
    Server(Env env, const ServerSettings& settings, Handler handler);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Binds, listens and serves. Throws ListenError.
    void start();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] unsigned io_threads() const;
    // Where work for an I/O thread is posted; valid as long as the server.
    [[nodiscard]] boost::asio::any_io_executor executor(unsigned io_thread) const;

    // Stops accepting, ends idle connections, lets requests in flight finish within the limit, then closes the rest.
    // Threads go on running, so that handlers which wait for other threads can be resumed until those are joined.
    void drain(Duration limit);

    // Ends the threads. Handlers that still wait are destroyed with the server and never resumed.
    void stop();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace etapa::net
