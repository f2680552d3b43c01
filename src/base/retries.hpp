#pragma once
// When a failed attempt is repeated: the schedule of Standard Webhooks unless the operator sets another, each wait a
// little longer by chance, so that what failed together does not come back together.

#include "base/random.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace etapa {

class Retries {
public:
    // 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: ten attempts in three days.
    Retries();
    explicit Retries(std::vector<Duration> waits) : waits_(std::move(waits)) {}

    // Reads `5s`, `5m`, `2h`, `200ms`, … The error is a sentence.
    static std::expected<Retries, std::string> parse(const std::vector<std::string>& waits);

    // How long to wait after so many failed attempts; empty when that was the last one.
    [[nodiscard]] std::optional<Duration> after(std::int64_t failed_attempts, Random& random) const;
    // From the first attempt to the last, without the additions of chance.
    [[nodiscard]] Duration span() const;

private:
    std::vector<Duration> waits_;
};

// Up to a tenth longer.
Duration with_jitter(Duration wait, Random& random);

}  // namespace etapa
