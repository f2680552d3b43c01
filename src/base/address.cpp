#include "base/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <vector>

namespace etapa {
namespace {

using boost::asio::ip::address_v6;

struct Network4 {
    std::uint32_t base;
    unsigned prefix_bits;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c) { return a << 24U | b << 16U | c << 8U; }

constexpr std::array networks4{
    Network4{ip4(0, 0, 0), 8},        // "this" network, the unspecified address
    Network4{ip4(10, 0, 0), 8},       // private
    Network4{ip4(100, 64, 0), 10},    // shared by carriers
    Network4{ip4(127, 0, 0), 8},      // loopback
    Network4{ip4(169, 254, 0), 16},   // link-local, where cloud providers answer with credentials
    Network4{ip4(172, 16, 0), 12},    // private
    Network4{ip4(192, 0, 0), 24},     // protocol assignments
    Network4{ip4(192, 0, 2), 24},     // documentation
    Network4{ip4(192, 88, 99), 24},   // former relays of 6to4
    Network4{ip4(192, 168, 0), 16},   // private
    Network4{ip4(198, 18, 0), 15},    // benchmarks
    Network4{ip4(198, 51, 100), 24},  // documentation
    Network4{ip4(203, 0, 113), 24},   // documentation
    Network4{ip4(224, 0, 0), 4},      // multicast
    Network4{ip4(240, 0, 0), 4},      // reserved, broadcast
};

bool is_private(std::uint32_t address) {
    return std::ranges::any_of(networks4, [&](const Network4& network) {
        const auto mask = ~std::uint32_t{0} << (32 - network.prefix_bits);
        return (address & mask) == network.base;
    });
}

// The first bytes of an IPv6 address that decide about it.
struct Network6 {
    std::array<unsigned char, 12> start;
    unsigned prefix_bits;
    std::size_t ip4_at;  // where an IPv4 address stands that is judged instead; 0: none, the network is not public
};

constexpr std::array networks6{
    Network6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},  // IPv4 mapped
    Network6{{}, 96, 12},                                          // IPv4 compatible, unspecified, loopback (::1)
    Network6{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},        // IPv4 translated
    Network6{{0, 0x64, 0xff, 0x9b}, 96, 12},                       // NAT64
    Network6{{0, 0x64, 0xff, 0x9b, 0, 1}, 48, 0},                  // NAT64 of a local network
    Network6{{0x20, 0x02}, 16, 2},                                 // 6to4
    Network6{{0x20, 0x01}, 32, 0},                                 // Teredo
    Network6{{0x20, 0x01, 0, 0x02}, 48, 0},                        // benchmarks
    Network6{{0x20, 0x01, 0, 0x10}, 28, 0},                        // ORCHID
    Network6{{0x20, 0x01, 0, 0x20}, 28, 0},                        // ORCHID, second version
    Network6{{0x20, 0x01, 0x0d, 0xb8}, 32, 0},                     // documentation
    Network6{{0x3f, 0xff}, 20, 0},                                 // documentation
    Network6{{0x01, 0x00}, 64, 0},                                 // discard
    Network6{{0xfc}, 7, 0},                                        // unique local
    Network6{{0xfe, 0x80}, 9, 0},                                  // link-local and the former site-local
    Network6{{0xff}, 8, 0},                                        // multicast
};

bool lies_in(const address_v6::bytes_type& address, const Network6& network) {
    const std::size_t whole_bytes = network.prefix_bits / 8;
    const unsigned rest_bits = network.prefix_bits % 8;
    if (!std::equal(address.begin(), address.begin() + whole_bytes, network.start.begin())) return false;
    if (rest_bits == 0) return true;
    const unsigned mask = 0xffU << (8 - rest_bits);
    return ((address[whole_bytes] ^ network.start[whole_bytes]) & mask) == 0;
}

bool is_private(const address_v6::bytes_type& address) {
    for (const auto& network : networks6) {
        if (!lies_in(address, network)) continue;
        if (network.ip4_at == 0) return true;
        std::uint32_t embedded = 0;
        for (std::size_t at = 0; at < 4; ++at) embedded = embedded << 8U | address[network.ip4_at + at];
        return is_private(embedded);
    }
    return false;
}

std::vector<std::string_view> split_at_dots(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto dot = text.find('.');
        parts.push_back(text.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        text.remove_prefix(dot + 1);
    }
}

// A number as C writes it: 0x hexadecimal, leading 0 octal, else decimal.
std::optional<std::uint64_t> c_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x")) {
        base = 16;
        text.remove_prefix(2);
        if (text.empty()) return 0;
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool looks_like_number(std::string_view label) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !label.empty() && (std::ranges::all_of(label, is_digit) || c_number(label));
}

// One to four numbers; the last fills all bytes that are left, so `127.1` is 127.0.0.1.
std::optional<std::uint32_t> loose_ip4(const std::vector<std::string_view>& parts) {
    if (parts.size() > 4) return std::nullopt;
    std::uint64_t address = 0;
    for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
        const auto number = c_number(parts[at]);
        if (!number || *number > 0xff) return std::nullopt;
        address |= *number << (24 - 8 * at);
    }
    const auto last = c_number(parts.back());
    if (!last || *last >= std::uint64_t{1} << (8 * (5 - parts.size()))) return std::nullopt;
    return static_cast<std::uint32_t>(address | *last);
}

bool is_local_name(std::string_view host) {
    constexpr std::array<std::string_view, 6> names{
        "localhost", "localhost.localdomain", "local", "localdomain", "internal", "home.arpa"};
    constexpr std::array<std::string_view, 2> aliases{"ip6-localhost", "ip6-loopback"};
    const auto is_or_ends_in = [&](std::string_view name) {
        if (!host.ends_with(name)) return false;
        return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
    };
    return std::ranges::any_of(names, is_or_ends_in) || std::ranges::find(aliases, host) != aliases.end();
}

std::string in_lower_case(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
    return text;
}

bool is_private_ip6_text(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v6(std::string(host), error);
    return error || address.scope_id() != 0 || is_private(address.to_bytes());
}

}  // namespace

bool is_private_address(const boost::asio::ip::address& address) {
    return address.is_v4() ? is_private(address.to_v4().to_uint()) : is_private(address.to_v6().to_bytes());
}

bool is_private_host(std::string_view host) {
    if (host.find('%') != std::string_view::npos) return true;  // an escape that survived decoding, or a zone
    std::string name = in_lower_case(std::string(host));
    if (name.find(':') != std::string::npos || name.starts_with('[')) return is_private_ip6_text(name);
    if (name.ends_with('.')) name.pop_back();  // the root, which changes nothing
    if (name.empty() || is_local_name(name)) return true;
    const auto labels = split_at_dots(name);
    if (!looks_like_number(labels.back())) return false;
    const auto address = loose_ip4(labels);
    return !address || is_private(*address);
}

}  // namespace etapa
