#pragma once
// Which hosts the server may call: the public internet, and what the operator allows besides (`--outbound-allow`).
// Asked twice: about the written host when somebody saves an address, and about the address that is really connected
// to.

#include "base/networks.hpp"

#include <boost/asio/ip/address.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace etapa {

class OutboundRules {
public:
    // The public internet only.
    OutboundRules() = default;

    // Each entry is a host name, an address, or a network such as `10.0.0.0/8`. The error is a sentence.
    static std::expected<OutboundRules, std::string> parse(const std::vector<std::string>& entries);

    // Whether an address with this host may be saved: its name is resolved only when it is called.
    [[nodiscard]] bool permits_host(std::string_view host) const;

    // Whether the server may connect to an address that `host` resolved to.
    [[nodiscard]] bool permits(const boost::asio::ip::address& address, std::string_view host) const;

private:
    [[nodiscard]] bool names(std::string_view host) const;

    std::vector<std::string> hosts_;
    Networks networks_;
};

// The same where there may be no rules of an operator.
bool permits_host(const OutboundRules* rules, std::string_view host);

}  // namespace etapa
