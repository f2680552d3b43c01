// Listeners of the live stream, for bench/alive.
//
//     listeners PORT KEY STREAMS KIND
//
// Opens the streams, prints `open` when all of them have begun, and listens until its input ends. Then it prints a line
// for each stream: when it told of each event of this kind, in nanoseconds of the monotonic clock.

#include "sockets.hpp"

#include <algorithm>
#include <iostream>
#include <vector>

namespace {

using namespace etapa::bench;

constexpr std::uint64_t input = UINT64_MAX;

class Stream {
public:
    Stream(std::uint16_t port, const std::string& key) : socket_(checked(::socket(AF_INET, SOCK_STREAM, 0), "socket")) {
        const auto address = loopback(port);
        checked(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connecting");
        // HTTP/1.0 has no chunks: what comes behind the head is the stream itself.
        send_all(socket_, "GET /events/stream HTTP/1.0\r\nAuthorization: Bearer " + key + "\r\n\r\n");
    }

    [[nodiscard]] int socket() const { return socket_; }
    [[nodiscard]] bool is_open() const { return is_open_; }
    [[nodiscard]] const std::vector<std::int64_t>& arrivals() const { return arrivals_; }

    void read(std::string_view event_line) {
        std::array<char, 65'536> bytes;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
        const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
        if (count <= 0) throw std::runtime_error("a stream ended");
        const auto now = now_nanoseconds();
        rest_.append(bytes.data(), static_cast<std::size_t>(count));
        std::size_t from = 0;
        for (auto end = rest_.find("\n\n"); end != std::string::npos; end = rest_.find("\n\n", from)) {
            const auto part = std::string_view(rest_).substr(from, end - from);
            is_open_ = is_open_ || part.find("retry: ") != std::string_view::npos;
            if (part.find(event_line) != std::string_view::npos) arrivals_.push_back(now);
            from = end + 2;
        }
        rest_.erase(0, from);
    }

private:
    int socket_;
    std::string rest_;
    bool is_open_ = false;
    std::vector<std::int64_t> arrivals_;
};

void listen(std::vector<Stream>& streams, const std::string& kind) {
    const std::string event_line = "\nevent: " + kind + '\n';
    const Poll poll;
    poll.add(STDIN_FILENO, input);
    for (std::size_t number = 0; number < streams.size(); ++number) poll.add(streams[number].socket(), number);
    std::size_t open = 0;
    poll.run([&](std::uint64_t number) {
        if (number == input) return false;
        auto& stream = streams[number];
        const bool was_open = stream.is_open();
        stream.read(event_line);
        if (!was_open && stream.is_open() && ++open == streams.size()) std::cout << "open" << std::endl;
        return true;
    });
}

int run(const std::vector<std::string>& arguments) {
    if (arguments.size() != 5) {
        std::cerr << "listeners PORT KEY STREAMS KIND\n";
        return 2;
    }
    allow_open_files();
    std::vector<Stream> streams;
    for (int count = std::stoi(arguments[3]); count > 0; --count) {
        streams.emplace_back(static_cast<std::uint16_t>(std::stoi(arguments[1])), arguments[2]);
    }
    listen(streams, arguments[4]);
    for (const auto& stream : streams) {
        for (const auto arrival : stream.arrivals()) std::cout << arrival << ' ';
        std::cout << '\n';
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        return run({arguments, arguments + count});
    } catch (const std::exception& failure) {
        std::cerr << "listeners: " << failure.what() << '\n';
        return 1;
    }
}
