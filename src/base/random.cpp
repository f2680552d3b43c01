#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <sys/random.h>
#include <system_error>

namespace etapa {
namespace {

void draw(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const auto count = ::getrandom(bytes.data(), bytes.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw std::system_error(errno, std::generic_category(), "getrandom");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
}

// Bytes drawn ahead: asking the operating system costs more than all else of an id. Nothing is given twice, and what
// was given is not kept.
class Reserve {
public:
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

    void give(std::span<std::byte> wanted) {
        if (wanted.size() > bytes_.size() - given_) {
            draw(bytes_);
            given_ = 0;
        }
        const auto next = std::span(bytes_).subspan(given_, wanted.size());
        std::ranges::copy(next, wanted.begin());
        std::ranges::fill(next, std::byte{});
        given_ += wanted.size();
    }

private:
    std::array<std::byte, 512> bytes_{};
    std::size_t given_ = bytes_.size();
};

}  // namespace

std::uint64_t Random::below(std::uint64_t bound) {
    // Draws above the largest multiple of `bound` are thrown away, so that no result is likelier than another.
    const std::uint64_t surplus = (std::numeric_limits<std::uint64_t>::max() % bound + 1) % bound;
    std::uint64_t drawn = 0;
    do {
        fill(std::as_writable_bytes(std::span(&drawn, 1)));
    } while (drawn > std::numeric_limits<std::uint64_t>::max() - surplus);
    return drawn % bound;
}

void SystemRandom::fill(std::span<std::byte> bytes) {
    thread_local Reserve reserve;
    if (bytes.size() > reserve.size()) return draw(bytes);
    reserve.give(bytes);
}

void SeededRandom::fill(std::span<std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    while (!bytes.empty()) {
        const std::uint64_t drawn = engine_();
        const std::size_t count = std::min(bytes.size(), sizeof drawn);
        std::memcpy(bytes.data(), &drawn, count);
        bytes = bytes.subspan(count);
    }
}

}  // namespace etapa
