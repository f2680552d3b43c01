#pragma once
// Where randomness comes from. Production draws from the operating system; tests and simulations from a seed.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <span>

namespace etapa {

// Safe from any thread.
class Random {
public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::byte> bytes) = 0;
    // Uniform in [0, bound); `bound` must be positive.
    std::uint64_t below(std::uint64_t bound);
};

// Cryptographically strong bytes from the operating system.
class SystemRandom final : public Random {
public:
    void fill(std::span<std::byte> bytes) override;
};

// Repeatable bytes, for tests only: a seed gives the same sequence on every run.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(std::span<std::byte> bytes) override;

private:
    std::mutex mutex_;
    std::mt19937_64 engine_;
};

}  // namespace etapa
