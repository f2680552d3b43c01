#include "crm/events/position.hpp"

#include <array>
#include <charconv>
#include <span>

namespace etapa::events {
namespace {

// Says which kind of position follows, so that a later kind can be told from this one.
constexpr std::string_view mark = "p";

// The numbers between dots, as many as there are; empty when something else stands there, or more than fit.
std::span<std::int64_t> numbers_in(std::string_view text, std::span<std::int64_t> into) {
    std::size_t count = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (count < into.size()) {
        const auto [rest, error] = std::from_chars(at, end, into[count]);
        if (error != std::errc() || into[count] < 0) return {};
        ++count;
        if (rest == end) return into.first(count);
        if (*rest != '.') return {};
        at = rest + 1;
    }
    return {};
}

}  // namespace

std::string Position::text() const {
    return std::string(mark) + std::to_string(epoch) + '.' + std::to_string(transaction) + '.' +
           std::to_string(sequence);
}

std::optional<Position> Position::parse(std::string_view text) {
    if (!text.starts_with(mark)) return std::nullopt;
    std::array<std::int64_t, 3> room{};
    const auto numbers = numbers_in(text.substr(mark.size()), room);
    // Cursors from before there were epochs are the sequence alone.
    if (numbers.size() == 1) return Position{.sequence = numbers[0]};
    if (numbers.size() != 3) return std::nullopt;
    return Position{.epoch = numbers[0], .transaction = numbers[1], .sequence = numbers[2]};
}

}  // namespace etapa::events
