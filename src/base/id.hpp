#pragma once
// Identities: `c` and 24 characters of base 36, time-ordered, so that inserts stay local and clients that expect CUIDs
// accept them. `Id<struct Step>` and `Id<struct Agent>` are different types and cannot be swapped.

#include "base/random.hpp"
#include "base/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <mutex>
#include <string>
#include <string_view>

namespace etapa {

template <class Noun> struct Id {
    std::string value;

    [[nodiscard]] bool empty() const { return value.empty(); }
    [[nodiscard]] std::string_view text() const { return value; }
    // Any non-blank text of a sane length may be asked for; whether it exists is the store's answer.
    static std::expected<Id, std::string> parse(std::string_view text) {
        constexpr std::size_t characters_max = 100;
        if (text.empty() || text.size() > characters_max) return std::unexpected("must be an id");
        return Id{std::string(text)};
    }
    static constexpr std::string_view schema = R"("type":"string","minLength":1,"maxLength":100)";

    auto operator<=>(const Id&) const = default;
};

// Makes ids that sort by the time they were made. Within a millisecond a counter keeps the order of one maker; the tail
// is random, so that makers in several processes never meet. Safe from any thread.
class IdMaker {
public:
    explicit IdMaker(Random& random) : random_(random) {}
    std::string next(Time now);

private:
    Random& random_;
    std::mutex mutex_;
    std::int64_t last_milliseconds_ = 0;
    std::uint32_t counter_ = 0;
};

}  // namespace etapa
