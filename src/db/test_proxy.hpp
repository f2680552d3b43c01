#pragma once
// A proxy between a test and the database server, which can cut connections at a chosen moment. For tests only.

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace etapa::db {

class TestProxy {
public:
    // What is done with the next thing that a client says.
    enum class Next : std::uint8_t {
        forward,
        cut_before,  // the server never hears it
        cut_after    // the server hears and does it, but its answer is lost
    };

    explicit TestProxy(std::uint16_t server_port) : server_port_(server_port), listener_(listen_anywhere()) {
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~TestProxy() {
        stopping_ = true;
        accepting_.join();
        for (auto& thread : pumping_) thread.join();
        ::close(listener_);
    }
    TestProxy(const TestProxy&) = delete;
    TestProxy& operator=(const TestProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    void set(Next next) { next_ = next; }
    // Refuses new connections and cuts those that there are.
    void close_down() { is_open_ = false; }
    void open_again() { is_open_ = true; }
    // Refuses new connections and leaves those that there are.
    void refuse_more() { takes_more_ = false; }

private:
    static constexpr int look_again_milliseconds = 10;

    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        return address;
    }

    int listen_anywhere() {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = loopback(0);
        socklen_t length = sizeof address;
        if (::bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener, 64) != 0)
            throw std::runtime_error("the proxy cannot listen");
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        return listener;
    }

    static bool is_readable(int socket) {
        pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
        return ::poll(&one, 1, look_again_milliseconds) > 0;
    }

    void accept_all() {
        while (!stopping_) {
            if (!is_readable(listener_)) continue;
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (is_open_ && takes_more_) {
                pumping_.emplace_back([this, client] { pump(client); });
            } else {
                ::close(client);
            }
        }
    }

    void pump(int client) {
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        auto address = loopback(server_port_);
        bool goes_on = ::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        while (goes_on && is_open_ && !stopping_) {
            std::array sockets{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
            ::poll(sockets.data(), sockets.size(), look_again_milliseconds);
            if (sockets[0].revents != 0) goes_on = ask(client, server);
            if (goes_on && sockets[1].revents != 0) goes_on = pass(server, client);
        }
        ::close(server);
        ::close(client);
    }

    bool ask(int client, int server) {
        const auto next = next_.exchange(Next::forward);
        if (next == Next::cut_before) return false;
        const bool passed = pass(client, server);
        if (next == Next::forward) return passed;
        // Until the answer is there, the server has not done it.
        while (!is_readable(server) && !stopping_) {
        }
        return false;
    }

    static bool pass(int from, int to) {
        std::array<char, 65'536> bytes{};
        const auto count = ::recv(from, bytes.data(), bytes.size(), 0);
        return count > 0 && ::send(to, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
    }

    std::uint16_t server_port_;
    std::uint16_t port_ = 0;
    int listener_;
    std::atomic<Next> next_ = Next::forward;
    std::atomic<bool> is_open_ = true;
    std::atomic<bool> takes_more_ = true;
    std::atomic<bool> stopping_ = false;
    std::thread accepting_;
    std::list<std::thread> pumping_;
};

}  // namespace etapa::db
