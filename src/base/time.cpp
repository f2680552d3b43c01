#include "base/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace etapa {
namespace {

using std::chrono::sys_days;

constexpr std::int64_t day_milliseconds = 86'400'000;

std::int64_t midnight(int year, unsigned month, unsigned day) {
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
    return sys_days{date}.time_since_epoch().count() * day_milliseconds;
}

void append_digits(std::string& out, unsigned number, std::size_t width) {
    const std::size_t start = out.size();
    out.append(width, '0');
    for (std::size_t at = start + width; at > start; number /= 10) out[--at] = static_cast<char>('0' + number % 10);
}

// Reads a timestamp from its front. Each function takes its part away, or takes nothing and says so.
class TimeReader {
public:
    explicit TimeReader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    bool take(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::optional<unsigned> number(std::size_t digits, unsigned least, unsigned most) {
        if (rest_.size() < digits) return std::nullopt;
        unsigned value = 0;
        for (const char c : rest_.substr(0, digits)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        if (value < least || value > most) return std::nullopt;
        rest_.remove_prefix(digits);
        return value;
    }

    std::optional<std::int64_t> date() {
        const auto year = number(4, 0, 9'999);
        if (!year || !take('-')) return std::nullopt;
        const auto month = number(2, 1, 12);
        if (!month || !take('-')) return std::nullopt;
        const auto day = number(2, 1, 31);
        if (!day) return std::nullopt;
        const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                                               std::chrono::day{*day}};
        if (!date.ok()) return std::nullopt;
        return midnight(static_cast<int>(*year), *month, *day);
    }

    std::optional<std::int64_t> time_of_day() {
        const auto hour = number(2, 0, 23);
        if (!hour || !take(':')) return std::nullopt;
        const auto minute = number(2, 0, 59);
        if (!minute) return std::nullopt;
        std::int64_t milliseconds = (std::int64_t{*hour} * 60 + *minute) * 60'000;
        if (!take(':')) return milliseconds;
        const auto second = number(2, 0, 59);
        if (!second) return std::nullopt;
        milliseconds += std::int64_t{*second} * 1'000;
        if (!take('.')) return milliseconds;
        const auto part = fraction();
        if (!part) return std::nullopt;
        return milliseconds + *part;
    }

    // What the written zone is ahead of UTC; none written means UTC.
    std::optional<std::int64_t> offset() {
        if (at_end() || take('Z') || take('z')) return 0;
        const bool is_behind = take('-');
        if (!is_behind && !take('+')) return std::nullopt;
        const auto hours = number(2, 0, 23);
        if (!hours) return std::nullopt;
        unsigned minutes = 0;
        if (take(':') || !at_end()) {
            const auto written = number(2, 0, 59);
            if (!written) return std::nullopt;
            minutes = *written;
        }
        const std::int64_t ahead = (std::int64_t{*hours} * 60 + minutes) * 60'000;
        return is_behind ? -ahead : ahead;
    }

private:
    // Any number of digits; what is finer than a millisecond is cut off.
    std::optional<std::int64_t> fraction() {
        std::int64_t milliseconds = 0;
        std::int64_t unit = 100;
        std::size_t digits = 0;
        for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits, unit /= 10) {
            milliseconds += unit * (rest_[digits] - '0');
        }
        rest_.remove_prefix(digits);
        if (digits == 0) return std::nullopt;
        return milliseconds;
    }

    std::string_view rest_;
};

}  // namespace

void append_iso8601(std::string& out, Time at) {
    static const std::int64_t first = midnight(0, 1, 1);
    static const std::int64_t last = midnight(10'000, 1, 1) - 1;
    const std::chrono::sys_time<std::chrono::milliseconds> instant{
        std::chrono::milliseconds{std::clamp(at.milliseconds, first, last)}};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date{day};
    const auto in_day = static_cast<unsigned>((instant - day).count());
    append_digits(out, static_cast<unsigned>(int{date.year()}), 4);
    out += '-';
    append_digits(out, unsigned{date.month()}, 2);
    out += '-';
    append_digits(out, unsigned{date.day()}, 2);
    out += 'T';
    append_digits(out, in_day / 3'600'000, 2);
    out += ':';
    append_digits(out, in_day / 60'000 % 60, 2);
    out += ':';
    append_digits(out, in_day / 1'000 % 60, 2);
    out += '.';
    append_digits(out, in_day % 1'000, 3);
    out += 'Z';
}

std::string to_iso8601(Time at) {
    std::string text;
    append_iso8601(text, at);
    return text;
}

std::optional<Time> parse_time(std::string_view text) {
    TimeReader reader(text);
    const auto date = reader.date();
    if (!date) return std::nullopt;
    if (reader.at_end()) return Time{*date};
    if (!reader.take('T') && !reader.take('t') && !reader.take(' ')) return std::nullopt;
    const auto time_of_day = reader.time_of_day();
    if (!time_of_day) return std::nullopt;
    const auto offset = reader.offset();
    if (!offset || !reader.at_end()) return std::nullopt;
    return Time{*date + *time_of_day - *offset};
}

}  // namespace etapa
