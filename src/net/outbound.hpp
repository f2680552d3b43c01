#pragma once
// A request that the server makes, and its answer. `Transport` is what others see of the client, so that tests and
// simulations can stand in for the whole internet; client.hpp is the real one.

#include "base/time.hpp"
#include "net/http.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etapa::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct OutboundRequest {
    Method method = Method::post;
    std::string url;
    Headers headers;  // any but Host, Content-Type, Content-Length and those of the connection, which are left out
    std::string content_type = "application/json";
    std::string body;
    Duration connect_limit = seconds(3);
    Duration total_limit = seconds(6);
    std::size_t answer_bytes_max = 65'536;
    // Whether the address comes from somebody who may save one, or from the operator's settings, which may name any.
    enum class Target : std::uint8_t { of_somebody, of_operator } target = Target::of_somebody;
};

struct OutboundAnswer {
    int status = 0;
    Headers headers;  // names in lower case
    std::string body;
    bool is_cut = false;  // there was more of the body than wanted

    // The value of the first header of this name (given in lower case), or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct OutboundFailure {
    enum class Kind : std::uint8_t {
        not_allowed,  // the address is none that the server may call
        unknown,      // its name does not resolve
        unreachable,  // nobody took the connection
        untrusted,    // no TLS, or the certificate is not good for this host
        too_slow,
        broken,  // the connection ended, or what came is not HTTP
    } kind = Kind::broken;
    std::string sentence;
    bool handed_over = false;  // some of the request was sent, so the receiver may have acted on it
};

using OutboundResult = std::expected<OutboundAnswer, OutboundFailure>;

class Transport {
public:
    virtual ~Transport() = default;
    // Sends once. Redirects are answers like any other.
    virtual boost::asio::awaitable<OutboundResult> send(const OutboundRequest& request) = 0;
};

}  // namespace etapa::net
