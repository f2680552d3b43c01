#include "base/retries.hpp"

#include <charconv>

namespace etapa {
namespace {

constexpr Duration minutes(std::int64_t count) { return seconds(count * 60); }
constexpr Duration hours(std::int64_t count) { return minutes(count * 60); }

std::optional<Duration> parse_wait(std::string_view text) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    constexpr std::int64_t count_max = 1'000'000;
    if (error != std::errc{} || count < 0 || count > count_max) return std::nullopt;
    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (unit == "ms") return Duration{count};
    if (unit == "s") return seconds(count);
    if (unit == "m") return minutes(count);
    if (unit == "h") return hours(count);
    return std::nullopt;
}

}  // namespace

Retries::Retries()
    : waits_{seconds(5), minutes(5), minutes(30), hours(2), hours(5), hours(10), hours(14), hours(20), hours(24)} {}

std::expected<Retries, std::string> Retries::parse(const std::vector<std::string>& waits) {
    std::vector<Duration> parsed;
    for (const auto& text : waits) {
        const auto wait = parse_wait(text);
        if (!wait) return std::unexpected('\'' + text + "' is no time such as 200ms, 5s, 30m or 2h");
        parsed.push_back(*wait);
    }
    return Retries(std::move(parsed));
}

std::optional<Duration> Retries::after(std::int64_t failed_attempts, Random& random) const {
    const auto at = static_cast<std::size_t>(failed_attempts - 1);
    if (failed_attempts < 1 || at >= waits_.size()) return std::nullopt;
    return with_jitter(waits_[at], random);
}

Duration Retries::span() const {
    Duration sum;
    for (const auto& wait : waits_) sum.milliseconds += wait.milliseconds;
    return sum;
}

Duration with_jitter(Duration wait, Random& random) {
    constexpr std::int64_t parts = 10;
    const auto most = static_cast<std::uint64_t>(wait.milliseconds / parts);
    return {wait.milliseconds + static_cast<std::int64_t>(random.below(most + 1))};
}

}  // namespace etapa
