#pragma once
// What the bench's own clients and receivers share: sockets on the loopback and one thread that waits for all of them.

#include <array>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace etapa::bench {

inline int checked(int result, const char* what) {
    if (result < 0) throw std::runtime_error(std::string(what) + " failed");
    return result;
}

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// Every connection is an open file.
inline void allow_open_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Comparable with time.monotonic_ns() of other processes.
inline std::int64_t now_nanoseconds() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

inline void send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        bytes.remove_prefix(static_cast<std::size_t>(
            checked(static_cast<int>(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL)), "sending")));
    }
}

class Poll {
public:
    Poll() : poll_(checked(::epoll_create1(0), "epoll")) {}
    ~Poll() { ::close(poll_); }
    Poll(const Poll&) = delete;
    Poll& operator=(const Poll&) = delete;

    // `number` comes back when there is something to read, or the other side has ended.
    void add(int file, std::uint64_t number) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = number;
        checked(::epoll_ctl(poll_, EPOLL_CTL_ADD, file, &event), "watching a file");
    }

    // Calls `ready` with a number whenever there is something, until it returns false.
    void run(const std::function<bool(std::uint64_t)>& ready) const {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int count = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
            for (int index = 0; index < count; ++index) {
                if (!ready(events.at(static_cast<std::size_t>(index)).data.u64)) return;
            }
        }
    }

private:
    int poll_;
};

}  // namespace etapa::bench
