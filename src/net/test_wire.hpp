#pragma once
// What tests of the server share: a client that sends and reads raw bytes, and a server whose handler shows what it
// got.

#include "net/server.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <condition_variable>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

namespace etapa::net {

struct Answer {
    int status = 0;
    std::string head;  // with its lines in lower case
    std::string body;

    [[nodiscard]] std::string header(const std::string& name) const {
        const auto start = head.find("\r\n" + name + ": ");
        if (start == std::string::npos) return {};
        const auto value = start + name.size() + 4;
        return head.substr(value, head.find("\r\n", value) - value);
    }
};

enum class BodyOf { any, head_request };

// A blocking connection to 127.0.0.1. Gives up after 20 seconds of silence, so that a hanging server fails the test.
class Wire {
public:
    explicit Wire(std::uint16_t port, int receive_buffer_bytes = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{20, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (receive_buffer_bytes > 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Wire() { close(); }
    Wire(Wire&& other) noexcept : socket_(std::exchange(other.socket_, -1)), is_connected_(other.is_connected_) {}
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    Wire& operator=(Wire&&) = delete;

    [[nodiscard]] bool is_connected() const { return is_connected_; }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    // The next answer; status 0 when the connection ended before it was complete.
    Answer read(BodyOf body_of = BodyOf::any) {
        Answer answer;
        while (received_.find("\r\n\r\n") == std::string::npos) {
            if (!receive()) return {};
        }
        const auto head_bytes = received_.find("\r\n\r\n") + 2;
        answer.head = received_.substr(0, head_bytes);
        received_.erase(0, head_bytes + 2);
        for (char& c : answer.head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const auto length = answer.header("content-length");
        const std::size_t body_bytes = length.empty() || body_of == BodyOf::head_request ? 0 : std::stoul(length);
        while (received_.size() < body_bytes) {
            if (!receive()) return {};
        }
        answer.body = received_.substr(0, body_bytes);
        received_.erase(0, body_bytes);
        answer.status = std::stoi(answer.head.substr(std::string_view("http/1.1 ").size()));
        return answer;
    }

    // The rest of a body that is sent in chunks, up to its end; nothing when the connection ended before.
    std::optional<std::string> read_chunks() {
        std::string body;
        while (true) {
            while (received_.find("\r\n") == std::string::npos) {
                if (!receive()) return std::nullopt;
            }
            const auto size = std::stoul(received_, nullptr, 16);
            received_.erase(0, received_.find("\r\n") + 2);
            while (received_.size() < size + 2) {
                if (!receive()) return std::nullopt;
            }
            body += received_.substr(0, size);
            received_.erase(0, size + 2);
            if (size == 0) return body;
        }
    }

    // What comes up to the end of this text; nothing when the connection ends before.
    std::optional<std::string> read_through(std::string_view text) {
        auto from = std::size_t{0};
        auto at = received_.find(text);
        while (at == std::string::npos) {
            from = received_.size() - std::min(received_.size(), text.size());
            if (!receive()) return std::nullopt;
            at = received_.find(text, from);
        }
        auto through = received_.substr(0, at + text.size());
        received_.erase(0, through.size());
        return through;
    }

    // Everything until the server closes the connection; nothing when it does not.
    std::optional<std::string> read_to_end() {
        while (receive()) {
        }
        if (is_silent_) return std::nullopt;
        return std::exchange(received_, {});
    }

    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }

    // Ends the connection as a crashed client's machine would.
    void reset() {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }

private:
    bool receive() {
        std::array<char, 65'536> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
        const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
        is_silent_ = count < 0 && errno == EAGAIN;
        if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
        return count > 0;
    }

    int socket_;
    bool is_connected_ = false;
    bool is_silent_ = false;
    std::string received_;
};

// Holds one request back until the test lets it go.
class Gate {
public:
    boost::asio::awaitable<void> pass() {
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer timer(executor, boost::asio::steady_timer::time_point::max());
        announce(timer);
        boost::system::error_code error;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
        co_await timer.async_wait(token);
    }

    void wait_for_request() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return timer_ != nullptr; });
    }

    void open() {
        wait_for_request();
        boost::asio::post(timer_->get_executor(), [timer = timer_] { timer->cancel(); });
    }

private:
    void announce(boost::asio::steady_timer& timer) {
        const std::lock_guard lock(mutex_);
        timer_ = &timer;
        arrived_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    boost::asio::steady_timer* timer_ = nullptr;
};

inline ServerSettings test_settings() {
    ServerSettings settings;
    settings.port = 0;
    settings.io_threads = 2;
    return settings;
}

class TestServer {
public:
    explicit TestServer(const ServerSettings& settings = test_settings())
        : server(Env{.clock = clock, .log = Log::silent(), .metrics = metrics, .random = random}, settings,
                 [this](Request& request, Response& response) { return handle(request, response); }) {
        server.start();
    }

    [[nodiscard]] Wire connect() const { return Wire(server.port()); }

    // One request on a connection of its own.
    [[nodiscard]] Answer ask(std::string_view bytes) const {
        auto wire = connect();
        wire.send(bytes);
        return wire.read();
    }

    static constexpr std::size_t huge_bytes = 64UL * 1024 * 1024;

    SystemClock clock;
    Metrics metrics;
    SeededRandom random{1};
    Gate gate;
    Server server;

private:
    boost::asio::awaitable<void> handle(Request& request, Response& response) {
        if (request.path == "/wait") co_await gate.pass();
        fill(request, response);
    }

    static void fill(const Request& request, Response& response) {
        if (request.path == "/throw") throw std::runtime_error("the handler failed");
        response.content_type = "text/plain";
        response.route = request.path.starts_with("/item/") ? "/item/{id}" : "";
        if (request.path == "/huge") response.body.assign(huge_bytes, 'x');
        if (request.path == "/empty") response.status = 204;
        if (request.path != "/huge" && request.path != "/empty") {
            response.body = std::string(name_of(request.method)) + ' ' + request.path + ' ' + request.body;
            response.headers.emplace_back("X-Odd", "a\r\nX-Forged: b");
        }
    }
};

}  // namespace etapa::net
