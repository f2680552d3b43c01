#include "base/id.hpp"

#include <algorithm>

namespace etapa {
namespace {

// Writes `value` in base 36, most significant digit first, over the whole of `digits`.
void write_base36(std::span<char> digits, std::uint64_t value) {
    constexpr std::string_view alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
        *digit = alphabet[value % alphabet.size()];
        value /= alphabet.size();
    }
}

}  // namespace

// Layout: `c`, 9 digits of milliseconds (good until the year 5188), 4 of the counter, 11 random ones (56 bits).
std::string IdMaker::next(Time now) {
    std::string id(25, 'c');
    const std::span<char> digits(id);
    {
        const std::lock_guard lock(mutex_);
        // A clock that steps back must not produce an id that sorts before an earlier one.
        if (now.milliseconds > last_milliseconds_) {
            last_milliseconds_ = now.milliseconds;
            counter_ = 0;
        }
        write_base36(digits.subspan(1, 9), static_cast<std::uint64_t>(last_milliseconds_));
        write_base36(digits.subspan(10, 4), counter_++);
    }
    constexpr std::uint64_t tail_values = std::uint64_t{1} << 56U;
    write_base36(digits.subspan(14, 11), random_.below(tail_values));
    return id;
}

}  // namespace etapa
