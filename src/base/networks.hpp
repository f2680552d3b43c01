#pragma once
// A list of networks, as operators write them: `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`.

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa {

class Networks {
public:
    // False when the entry is no address and no network; nothing is added then.
    bool add(std::string_view entry);
    [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

private:
    struct Network {
        boost::asio::ip::address_v6::bytes_type base;  // IPv4 as its IPv6 form
        unsigned prefix_bits;
    };

    static std::optional<Network> parse(std::string_view entry);

    std::vector<Network> networks_;
};

// An address with or without brackets.
std::optional<boost::asio::ip::address> parse_address(std::string_view text);

}  // namespace etapa
