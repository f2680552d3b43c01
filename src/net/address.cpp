#include "net/address.hpp"

#include <charconv>

namespace etapa::net {

std::expected<HostAndPort, std::string> parse_listen(std::string_view text) {
    const auto wrong = [&] {
        return std::unexpected("'" + std::string(text) +
                               "' is no address to listen on: write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080.");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong();
    auto host = text.substr(0, colon);
    const auto port_text = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (port_text.empty() || error != std::errc{} || end != port_text.data() + port_text.size()) return wrong();
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (host.find(':') == std::string_view::npos) return wrong();
    } else if (host.find(':') != std::string_view::npos) {
        return wrong();
    }
    if (host.empty()) return wrong();
    return HostAndPort{std::string(host), port};
}

}  // namespace etapa::net
