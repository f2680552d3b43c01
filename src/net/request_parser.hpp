#pragma once
// Bytes in, one Request out, or the reason why not. Knows the rules of HTTP/1 and the limits, and no socket; the
// strings of the Request are assigned in place, so that they keep their capacity from one request of a connection to
// the next.

#include "net/http.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace etapa::net {

struct RequestLimits {
    std::size_t target_bytes_max;
    std::size_t header_bytes_max;
    std::size_t body_bytes_max;
    // Asked about a request, of which only the head has come, whose body may be larger; none: nobody may.
    const std::function<std::size_t(const Request&)>* larger_body_bytes_max = nullptr;
};

// Why a request is answered by the server itself; the connection can't go on after it.
struct Refusal {
    int status;
    std::string_view code;
    std::string_view sentence;
};

inline constexpr Refusal body_too_large{413, "body_too_large", "The body of the request is too large."};

// Reads one request; make another for the next one.
class RequestParser final : private boost::beast::http::basic_parser<true> {
public:
    enum class State { incomplete, complete, refused };

    // `request` outlives the parser.
    RequestParser(Request& request, const RequestLimits& limits);

    // Takes what it can use from the front of `buffer`; what follows a complete request stays there.
    State feed(boost::beast::flat_buffer& buffer);

    // After State::refused.
    [[nodiscard]] const Refusal& refusal() const { return *refusal_; }
    // True once, when the client waits for leave to send its body.
    bool takes_expectation();
    // True once, when a body has begun that may be larger than others; the client has to be asked for.
    bool takes_larger_body();
    [[nodiscard]] bool wants_keep_alive() const { return keep_alive(); }
    // HTTP/1.0 keeps the connection only if the answer says so.
    [[nodiscard]] bool is_http_1_0() const { return version_ == 10; }

private:
    using ErrorCode = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb verb, Text method, Text target, int version,
                         ErrorCode& error) override;
    void on_response_impl(int status, Text reason, int version, ErrorCode& error) override;
    void on_field_impl(boost::beast::http::field field, Text name, Text value, ErrorCode& error) override;
    void on_header_impl(ErrorCode& error) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& content_length, ErrorCode& error) override;
    std::size_t on_body_impl(Text body, ErrorCode& error) override;
    void on_chunk_header_impl(std::uint64_t size, Text extensions, ErrorCode& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t remaining, Text body, ErrorCode& error) override;
    void on_finish_impl(ErrorCode& error) override;

    void split_target(std::string_view target, ErrorCode& error);
    void keep_field(boost::beast::http::field field, std::string_view value, ErrorCode& error);
    void limit_body(ErrorCode& error);
    void refuse(ErrorCode& error, const Refusal& refusal);
    [[nodiscard]] Refusal refusal_for(const ErrorCode& error, const boost::beast::flat_buffer& buffer) const;

    Request& request_;
    RequestLimits limits_;
    std::size_t header_bytes_ = 0;
    std::size_t header_count_ = 0;  // headers beyond are left from the request before, for their capacity
    unsigned host_count_ = 0;
    int version_ = 0;
    bool expects_continue_ = false;
    bool has_larger_body_ = false;
    std::optional<Refusal> refusal_;
};

}  // namespace etapa::net
