#include "net/outbound_target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>

namespace etapa::net {
namespace {

bool is_plain_host(std::string_view host) {
    return !host.empty() && std::ranges::all_of(host, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_' || c == ':';
    });
}

}  // namespace

std::optional<OutboundTarget> OutboundTarget::parse(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed) return std::nullopt;
    const bool secure = parsed->scheme_id() == boost::urls::scheme::https;
    if (!secure && parsed->scheme_id() != boost::urls::scheme::http) return std::nullopt;
    OutboundTarget target;
    target.scheme = secure ? Scheme::https : Scheme::http;
    target.host = parsed->host_address();
    if (!is_plain_host(target.host)) return std::nullopt;
    constexpr std::uint16_t http_port = 80;
    constexpr std::uint16_t https_port = 443;
    const auto usual_port = secure ? https_port : http_port;
    target.port = parsed->has_port() && parsed->port_number() != 0 ? parsed->port_number() : usual_port;
    target.host_header = target.host.find(':') == std::string::npos ? target.host : '[' + target.host + ']';
    if (target.port != usual_port) target.host_header += ':' + std::to_string(target.port);
    target.path_and_query = std::string(parsed->encoded_target());
    if (!target.path_and_query.starts_with('/')) target.path_and_query.insert(0, 1, '/');
    return target;
}

}  // namespace etapa::net
