// A receiver of webhooks, for bench/alive.
//
//     receiver
//
// Prints its port, and answers 200 to every request until its input ends. Then it prints how many came, how many
// different webhook-ids they had, and when the first and the last came, in nanoseconds of the monotonic clock. At the
// coming of the number that stands in a line of its input it prints `all`.

#include "sockets.hpp"

#include <iostream>
#include <unordered_map>
#include <unordered_set>

namespace {

using namespace etapa::bench;

constexpr std::uint64_t input = UINT64_MAX;
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

class Receiver {
public:
    Receiver() : listener_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket")) {
        auto address = loopback(0);
        socklen_t size = sizeof address;
        checked(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size), "binding");
        checked(::listen(listener_, SOMAXCONN), "listening");
        checked(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), "asking for the port");
        poll_.add(listener_, static_cast<std::uint64_t>(listener_));
        poll_.add(STDIN_FILENO, input);
        std::cout << ntohs(address.sin_port) << std::endl;
    }

    void run() {
        poll_.run([&](std::uint64_t number) {
            if (number == input) return hear();
            const int socket = static_cast<int>(number);
            socket == listener_ ? accept_all() : read(socket);
            return true;
        });
        std::cout << count_ << ' ' << ids_.size() << ' ' << first_ << ' ' << last_ << '\n';
    }

private:
    bool hear() { return static_cast<bool>(std::cin >> wanted_); }

    void accept_all() {
        for (int socket = 0; (socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            poll_.add(socket, static_cast<std::uint64_t>(socket));
        }
    }

    void read(int socket) {
        std::array<char, 16'384> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
        const auto count = ::recv(socket, bytes.data(), bytes.size(), 0);
        auto& text = requests_[socket];
        if (count > 0) text.append(bytes.data(), static_cast<std::size_t>(count));
        if (count > 0 && !is_whole(text)) return;
        if (count > 0) {
            note(text);
            send_all(socket, answer);
        }
        requests_.erase(socket);
        ::close(socket);
    }

    static std::string_view header(std::string_view text, std::string_view name) {
        const auto at = text.find(name);
        if (at == std::string_view::npos) return {};
        const auto value = at + name.size();
        return text.substr(value, text.find("\r\n", value) - value);
    }

    static bool is_whole(std::string_view text) {
        const auto head = text.find("\r\n\r\n");
        if (head == std::string_view::npos) return false;
        const auto length = header(text, "\r\nContent-Length: ");
        return text.size() >= head + 4 + std::stoul(std::string(length));
    }

    void note(std::string_view text) {
        last_ = now_nanoseconds();
        if (count_ == 0) first_ = last_;
        ids_.emplace(header(text, "\r\nwebhook-id: "));
        if (++count_ == wanted_) std::cout << "all" << std::endl;
    }

    int listener_;
    Poll poll_;
    std::unordered_map<int, std::string> requests_;
    std::unordered_set<std::string> ids_;
    std::int64_t count_ = 0;
    std::int64_t wanted_ = 0;
    std::int64_t first_ = 0;
    std::int64_t last_ = 0;
};

}  // namespace

int main() {
    try {
        allow_open_files();
        Receiver().run();
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "receiver: " << failure.what() << '\n';
        return 1;
    }
}
