#pragma once
// The HTTP client: whatever leaves the process goes through it. It calls public addresses only, unless the operator
// allows others, and judges the address that it really connects to: a name is resolved once, each of its addresses is
// judged, and one of exactly those is connected to, so that an answer which changes between two look-ups wins nothing.
//
// A connection for each request, no redirects, no proxies, no cookies. Certificates and host names are verified.

#include "base/outbound.hpp"
#include "net/outbound.hpp"
#include "net/resolver.hpp"

#include <memory>

namespace etapa::net {

class Client final : public Transport {
public:
    // All must outlive the client. `authorities_file` names further certificate authorities, for tests.
    Client(const OutboundRules& rules, Resolver& resolver, const std::string& authorities_file = {});
    ~Client() override;

    boost::asio::awaitable<OutboundResult> send(const OutboundRequest& request) override;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace etapa::net
