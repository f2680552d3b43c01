#include "base/outbound.hpp"

#include "base/address.hpp"

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

// In lower case, without brackets and the root's dot.
std::string plain(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string text(host);
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
    return text;
}

bool is_host_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

std::string wrong_entry(std::string_view entry) {
    return '\'' + std::string(entry) + "' is no host name, address or network such as 10.0.0.0/8";
}

}  // namespace

std::expected<OutboundRules::Network, std::string> OutboundRules::parse_network(std::string_view entry) {
    const auto slash = entry.find('/');
    boost::system::error_code error;
    const auto base = boost::asio::ip::make_address(plain(entry.substr(0, slash)), error);
    if (error) return std::unexpected(wrong_entry(entry));
    const unsigned own_bits = base.is_v4() ? ip4_bits : ip6_bits;
    unsigned bits = own_bits;
    if (slash != std::string_view::npos) {
        const auto digits = entry.substr(slash + 1);
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (failed != std::errc{} || end != digits.data() + digits.size() || bits > own_bits) {
            return std::unexpected(wrong_entry(entry));
        }
    }
    return Network{bytes_of(base), bits + (ip6_bits - own_bits)};
}

std::expected<OutboundRules, std::string> OutboundRules::parse(const std::vector<std::string>& entries) {
    OutboundRules rules;
    for (const auto& entry : entries) {
        if (const auto network = parse_network(entry)) {
            rules.networks_.push_back(*network);
        } else if (const auto host = plain(entry); is_host_name(host)) {
            rules.hosts_.push_back(host);
        } else {
            return std::unexpected(network.error());
        }
    }
    return rules;
}

bool OutboundRules::names(std::string_view host) const {
    return std::ranges::find(hosts_, plain(host)) != hosts_.end();
}

bool OutboundRules::contains(const address& address) const {
    const auto bytes = bytes_of(address);
    return std::ranges::any_of(
        networks_, [&](const Network& network) { return equal_bits(network.base, bytes, network.prefix_bits); });
}

bool OutboundRules::permits_host(std::string_view host) const {
    if (!is_private_host(host) || names(host)) return true;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(plain(host), error);
    return !error && contains(address);
}

bool OutboundRules::permits(const address& address, std::string_view host) const {
    return !is_private_address(address) || names(host) || contains(address);
}

bool permits_host(const OutboundRules* rules, std::string_view host) {
    return rules != nullptr ? rules->permits_host(host) : !is_private_host(host);
}

}  // namespace etapa
