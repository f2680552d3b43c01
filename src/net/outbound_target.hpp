#pragma once
// Where a request goes, read out of its URL. Knows no network.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace etapa::net {

struct OutboundTarget {
    enum class Scheme : std::uint8_t { http, https } scheme = Scheme::http;
    std::string host;  // as written, IPv6 without brackets
    std::uint16_t port = 80;
    std::string path_and_query;  // begins with a slash
    std::string host_header;     // with the port, unless it is the scheme's own

    // Empty for what is no http or https address, or has a host that could forge a header.
    static std::optional<OutboundTarget> parse(std::string_view url);
};

}  // namespace etapa::net
