#include "base/values.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace etapa {

std::expected<Name, std::string> Name::parse(std::string_view text) {
    constexpr std::size_t characters_max = 200;
    if (is_blank(text)) return std::unexpected("must not be blank");
    if (count_characters(text) > characters_max) return std::unexpected("must have at most 200 characters");
    return Name{std::string(text)};
}

std::expected<Email, std::string> Email::parse(std::string_view text) {
    constexpr std::size_t characters_max = 254;
    const auto wrong = std::unexpected("must be an e-mail address");
    const auto at = text.find('@');
    if (text.size() > characters_max || at == 0 || at == std::string_view::npos || at + 1 == text.size()) return wrong;
    if (text.find('@', at + 1) != std::string_view::npos) return wrong;
    if (std::ranges::any_of(text, [](unsigned char c) { return c <= ' ' || c == 0x7F; })) return wrong;
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return Email{std::move(lower)};
}

namespace {

bool is_port(std::string_view digits) {
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() && number != 0;
}

}  // namespace

std::expected<Url, std::string> Url::parse(std::string_view text) {
    constexpr std::size_t characters_max = 2'048;
    const auto parsed = boost::urls::parse_uri(text);
    const bool http = parsed && (parsed->scheme_id() == boost::urls::scheme::http ||
                                 parsed->scheme_id() == boost::urls::scheme::https);
    if (!http || parsed->host().empty() || text.size() > characters_max) {
        return std::unexpected("must be an absolute http or https address");
    }
    if (parsed->has_userinfo()) return std::unexpected("must hold no name and password");
    if (!parsed->port().empty() && !is_port(parsed->port())) {
        return std::unexpected("must have a port from 1 to 65535");
    }
    return Url{std::string(text)};
}

std::string Url::host() const {
    const auto parsed = boost::urls::parse_uri(value);
    return parsed ? std::string(parsed->host_address()) : std::string();
}

}  // namespace etapa
