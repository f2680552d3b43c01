#include "net/proxies.hpp"

#include "base/text.hpp"

#include <ranges>
#include <string_view>

namespace etapa::net {
namespace {

// Some proxies add the port: `192.0.2.7:4711`, `[2001:db8::1]:4711`.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(0, text.find(']') + 1);
    const auto colon = text.find(':');
    return colon == text.rfind(':') ? text.substr(0, colon) : text;
}

// What stands last in a list, which is cut off.
std::string_view take_last(std::string_view& list) {
    const auto comma = list.rfind(',');
    const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    return trimmed(last);
}

}  // namespace

std::expected<Proxies, std::string> Proxies::parse(const std::vector<std::string>& entries) {
    Proxies proxies;
    for (const auto& entry : entries) {
        if (!proxies.trusted_.add(entry)) {
            return std::unexpected('\'' + entry + "' is no address and no network such as 10.0.0.0/8");
        }
    }
    return proxies;
}

void Proxies::judge(const boost::asio::ip::address& peer, Request& request) const {
    request.client = peer.to_string();
    request.scheme = "http";
    if (!trusted_.contains(peer)) return;
    if (request.header("x-forwarded-proto") == "https") request.scheme = "https";
    // Each proxy adds whom it saw at the end, in a header of its own or in that of the one before.
    for (const auto& [name, value] : request.headers | std::views::reverse) {
        if (name != "x-forwarded-for") continue;
        for (std::string_view list = value; !list.empty();) {
            const auto before = parse_address(without_port(take_last(list)));
            if (!before) return;
            request.client = before->to_string();
            if (!trusted_.contains(*before)) return;
        }
    }
}

}  // namespace etapa::net
