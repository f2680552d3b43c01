#pragma once
// Which addresses the server may be told to call. Nothing here asks a name server: a name that resolves to a private
// address is found out when the connection is made, by is_private_address().

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace etapa {

// True for addresses that are not on the public internet: loopback, private, link-local, shared (carrier NAT),
// unspecified, multicast and reserved ones, and IPv6 forms that carry such an IPv4 address.
bool is_private_address(const boost::asio::ip::address& address);

// True when the host of a URL (decoded; an IPv6 address with or without brackets) says by itself that it is not on the
// public internet: such an address in any spelling that browsers and C libraries understand (`127.1`, `0x7f000001`,
// `0177.0.0.1`, `2130706433`), or a name like `localhost`. Also true for hosts that cannot be meant well: an empty one,
// one with escapes, numbers that are no address.
bool is_private_host(std::string_view host);

}  // namespace etapa
