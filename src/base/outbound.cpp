#include "base/outbound.hpp"

#include "base/address.hpp"

#include <algorithm>

namespace etapa {
namespace {

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

std::expected<OutboundRules, std::string> OutboundRules::parse(const std::vector<std::string>& entries) {
    OutboundRules rules;
    for (const auto& entry : entries) {
        if (rules.networks_.add(entry)) continue;
        const auto host = plain(entry);
        if (!is_host_name(host)) return std::unexpected(wrong_entry(entry));
        rules.hosts_.push_back(host);
    }
    return rules;
}

bool OutboundRules::names(std::string_view host) const {
    return std::ranges::find(hosts_, plain(host)) != hosts_.end();
}

bool OutboundRules::permits_host(std::string_view host) const {
    if (!is_private_host(host) || names(host)) return true;
    const auto address = parse_address(plain(host));
    return address && networks_.contains(*address);
}

bool OutboundRules::permits(const boost::asio::ip::address& address, std::string_view host) const {
    return !is_private_address(address) || names(host) || networks_.contains(address);
}

bool permits_host(const OutboundRules* rules, std::string_view host) {
    return rules != nullptr ? rules->permits_host(host) : !is_private_host(host);
}

}  // namespace etapa
