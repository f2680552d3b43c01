#include "crm/agents/agent.hpp"

#include <algorithm>
#include <cctype>

namespace etapa {

std::expected<Handle, std::string> Handle::parse(std::string_view text) {
    constexpr std::size_t characters_min = 4;
    constexpr std::size_t characters_max = 15;
    const bool sane =
        std::ranges::all_of(text, [](unsigned char c) { return c < 0x80 && (std::isalnum(c) || c == '_'); });
    if (!sane || text.size() < characters_min || text.size() > characters_max || text.front() == '_' ||
        text.back() == '_') {
        return std::unexpected(
            "must have 4 to 15 letters, digits or underscores, an underscore neither first nor last");
    }
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return Handle{std::move(lower)};
}

}  // namespace etapa
