#pragma once
// Who really asks, when requests come through proxies of the operator (`--trusted-proxies`). What X-Forwarded-For and
// X-Forwarded-Proto say is believed of those alone: anybody can send such headers.

#include "base/networks.hpp"
#include "net/http.hpp"

#include <boost/asio/ip/address.hpp>

#include <expected>
#include <string>
#include <vector>

namespace etapa::net {

class Proxies {
public:
    // Nobody is trusted.
    Proxies() = default;
    // Each entry is an address or a network. The error is a sentence.
    static std::expected<Proxies, std::string> parse(const std::vector<std::string>& entries);

    // Sets `client` and `scheme` of a request that came from `peer`: the last address that no trusted proxy vouches
    // for, and how it is said to have reached the first of them.
    void judge(const boost::asio::ip::address& peer, Request& request) const;

private:
    Networks trusted_;
};

}  // namespace etapa::net
