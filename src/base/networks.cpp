#include "base/networks.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <algorithm>
#include <charconv>

namespace etapa {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v6;

constexpr unsigned ip4_bits = 32;
constexpr unsigned ip6_bits = 128;

address_v6::bytes_type bytes_of(const address& address) {
    if (address.is_v6()) return address.to_v6().to_bytes();
    return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

bool equal_bits(const address_v6::bytes_type& left, const address_v6::bytes_type& right, unsigned count) {
    for (unsigned bit = 0; bit < count; ++bit) {
        if (((left[bit / 8] ^ right[bit / 8]) & (0x80U >> (bit % 8))) != 0) return false;
    }
    return true;
}

}  // namespace

std::optional<address> parse_address(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    boost::system::error_code error;
    const auto parsed = boost::asio::ip::make_address(std::string(text), error);
    return error ? std::nullopt : std::optional(parsed);
}

std::optional<Networks::Network> Networks::parse(std::string_view entry) {
    const auto slash = entry.find('/');
    const auto base = parse_address(entry.substr(0, slash));
    if (!base) return std::nullopt;
    const unsigned own_bits = base->is_v4() ? ip4_bits : ip6_bits;
    unsigned bits = own_bits;
    if (slash != std::string_view::npos) {
        const auto digits = entry.substr(slash + 1);
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (failed != std::errc{} || end != digits.data() + digits.size() || bits > own_bits) return std::nullopt;
    }
    return Network{bytes_of(*base), bits + (ip6_bits - own_bits)};
}

bool Networks::add(std::string_view entry) {
    const auto network = parse(entry);
    if (network) networks_.push_back(*network);
    return network.has_value();
}

bool Networks::contains(const address& address) const {
    const auto bytes = bytes_of(address);
    return std::ranges::any_of(
        networks_, [&](const Network& network) { return equal_bits(network.base, bytes, network.prefix_bits); });
}

}  // namespace etapa
