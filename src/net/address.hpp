#pragma once
// Where the server listens. Which addresses it may be told to call: base/address.hpp.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace etapa::net {

struct HostAndPort {
    std::string host;  // IPv6 without brackets
    std::uint16_t port = 0;
    bool operator==(const HostAndPort&) const = default;
};

// Reads `127.0.0.1:8080`, `localhost:8080`, `[::1]:8080`. The error is a sentence that says what is expected.
std::expected<HostAndPort, std::string> parse_listen(std::string_view text);

}  // namespace etapa::net
