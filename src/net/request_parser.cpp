#include "net/request_parser.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace etapa::net {

namespace http = boost::beast::http;

namespace {

constexpr Refusal malformed{400, "malformed_request", "The request is not valid HTTP/1.1."};
constexpr Refusal bad_target{400, "malformed_request", "The address in the first line must begin with a slash."};
constexpr Refusal bad_host{400, "malformed_request", "A request of HTTP/1.1 has exactly one Host header."};
constexpr Refusal target_too_long{414, "uri_too_long", "The address is too long."};
constexpr Refusal header_too_large{431, "header_too_large", "The headers of the request are too large."};
constexpr Refusal unknown_coding{501, "unknown_transfer_encoding", "The only transfer encoding here is chunked."};
constexpr Refusal unknown_expectation{417, "unknown_expectation", "The only expectation met here is 100-continue."};

// Bodies announced to be larger grow as they come: what is only announced costs nothing.
constexpr std::uint64_t body_reserve_bytes_max = 65'536;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

Method method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get: return Method::get;
        case http::verb::head: return Method::head;
        case http::verb::post: return Method::post;
        case http::verb::put: return Method::put;
        case http::verb::patch: return Method::patch;
        case http::verb::delete_: return Method::del;
        case http::verb::options: return Method::options;
        default: return Method::other;
    }
}

void assign_lower_case(std::string& out, std::string_view text) {
    out.resize(text.size());
    std::ranges::transform(text, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
}

// A client's own request id goes into logs and answers, so it must be short and harmless.
bool is_sane_request_id(std::string_view id) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, is_allowed);
}

// `application/json` of `Application/JSON; charset=utf-8`.
void assign_media_type(std::string& out, std::string_view value) {
    value = value.substr(0, value.find(';'));
    const auto last = value.find_last_not_of(" \t");
    assign_lower_case(out, value.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

}  // namespace

RequestParser::RequestParser(Request& request, const RequestLimits& limits) : request_(request), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes_max));
    body_limit(boost::none);  // until the head tells whose body it is: limit_body()
    eager(true);
    request.method = Method::get;
    request.path.clear();
    request.query.clear();
    request.body.clear();
    request.content_type.clear();
    request.authorization.clear();
    request.request_id.clear();
    request.has_body = false;
}

RequestParser::State RequestParser::feed(boost::beast::flat_buffer& buffer) {
    const auto first_byte = [&] { return *static_cast<const char*>(buffer.data().data()); };
    while (!got_some() && buffer.size() > 0 && (first_byte() == '\r' || first_byte() == '\n')) {
        buffer.consume(1);  // an empty line before a request, which some clients leave after a body
    }
    // The shortest rest of a chunked body is "0\r\n\r\n"; Beast asserts that it never sees less of a last chunk.
    const std::size_t least_bytes = is_header_done() && chunked() ? 5 : 1;
    ErrorCode error = http::error::need_more;
    if (buffer.size() >= least_bytes) {
        const auto used = put(buffer.data(), error);
        buffer.consume(used);
    }
    if (!error && is_done()) return State::complete;
    if (!error || error == http::error::need_more) {
        // Beast sets no limit on extensions and trailers of chunks.
        if (buffer.size() <= limits_.header_bytes_max) return State::incomplete;
        error = http::error::header_limit;
    }
    request_.headers.resize(std::min(header_count_, request_.headers.size()));
    if (!refusal_) refusal_ = refusal_for(error, buffer);
    return State::refused;
}

Refusal RequestParser::refusal_for(const ErrorCode& error, const boost::beast::flat_buffer& buffer) const {
    if (error == http::error::body_limit) return body_too_large;
    if (error != http::error::header_limit) return malformed;
    // Beast takes all headers at once when they come in pieces, so the first line may still be in the buffer.
    const std::string_view unread(static_cast<const char*>(buffer.data().data()), buffer.size());
    const bool has_first_line = version_ != 0 || unread.substr(0, limits_.header_bytes_max).find('\n') != unread.npos;
    return has_first_line ? header_too_large : target_too_long;
}

bool RequestParser::takes_expectation() {
    const bool is_waiting = expects_continue_ && is_header_done() && request_.body.empty();
    if (is_header_done()) expects_continue_ = false;
    return is_waiting;
}

bool RequestParser::takes_larger_body() { return std::exchange(has_larger_body_, false); }

void RequestParser::on_request_impl(http::verb verb, Text, Text target, int version, ErrorCode& error) {
    request_.method = method_of(verb);
    version_ = version;
    if (target.size() > limits_.target_bytes_max) return refuse(error, target_too_long);
    split_target(view(target), error);
}

// A server never gets here.
void RequestParser::on_response_impl(int, Text, int, ErrorCode& error) { error = http::error::bad_version; }

void RequestParser::split_target(std::string_view target, ErrorCode& error) {
    // Proxies may send the whole URL; the authority in it says nothing that matters here.
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.starts_with(scheme)) {
            const auto path = target.find_first_of("/?", scheme.size());
            target = path == std::string_view::npos ? "/" : target.substr(path);
        }
    }
    if (!target.starts_with('/') && (target != "*" || request_.method != Method::options)) {
        return refuse(error, bad_target);
    }
    const auto question_mark = target.find('?');
    request_.path = target.substr(0, question_mark);
    if (question_mark != std::string_view::npos) request_.query = target.substr(question_mark + 1);
}

void RequestParser::on_field_impl(http::field field, Text name, Text value, ErrorCode& error) {
    if (is_header_done()) return;  // a trailer after the chunks: it must not pass for a header
    header_bytes_ += name.size() + value.size() + std::string_view(": \r\n").size();
    if (header_bytes_ > limits_.header_bytes_max) return refuse(error, header_too_large);
    if (header_count_ == request_.headers.size()) request_.headers.emplace_back();
    auto& kept = request_.headers[header_count_++];
    assign_lower_case(kept.first, view(name));
    kept.second = view(value);
    keep_field(field, kept.second, error);
}

void RequestParser::keep_field(http::field field, std::string_view value, ErrorCode& error) {
    switch (field) {
        case http::field::host: ++host_count_; break;
        case http::field::authorization:
            if (request_.authorization.empty()) request_.authorization = value;
            break;
        case http::field::content_type:
            if (request_.content_type.empty()) assign_media_type(request_.content_type, value);
            break;
        case http::field::expect:
            if (!boost::beast::iequals(value, "100-continue")) return refuse(error, unknown_expectation);
            expects_continue_ = version_ >= 11;
            break;
        case http::field::transfer_encoding:
            if (version_ < 11) return refuse(error, malformed);
            if (!boost::beast::iequals(value, "chunked")) return refuse(error, unknown_coding);
            break;
        default:
            if (request_.headers[header_count_ - 1].first == "x-request-id" && is_sane_request_id(value)) {
                request_.request_id = value;
            }
    }
}

void RequestParser::on_header_impl(ErrorCode& error) {
    request_.headers.resize(header_count_);
    if (host_count_ > 1 || (host_count_ == 0 && version_ >= 11)) return refuse(error, bad_host);
    limit_body(error);
}

void RequestParser::limit_body(ErrorCode& error) {
    const std::uint64_t announced = content_length().value_or(0);
    std::size_t bytes_max = limits_.body_bytes_max;
    const bool may_be_larger = chunked() || announced > bytes_max;
    if (may_be_larger && limits_.larger_body_bytes_max != nullptr && *limits_.larger_body_bytes_max) {
        bytes_max = std::max(bytes_max, (*limits_.larger_body_bytes_max)(request_));
    }
    if (announced > bytes_max) return refuse(error, body_too_large);
    has_larger_body_ = bytes_max > limits_.body_bytes_max;
    body_limit(bytes_max);  // what Content-Length does not tell is counted as it comes
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& content_length, ErrorCode&) {
    request_.body.reserve(std::min(content_length.value_or(0), body_reserve_bytes_max));
}

std::size_t RequestParser::on_body_impl(Text body, ErrorCode&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

void RequestParser::on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) {}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, ErrorCode& error) {
    return on_body_impl(body, error);
}

void RequestParser::on_finish_impl(ErrorCode&) { request_.has_body = !request_.body.empty(); }

void RequestParser::refuse(ErrorCode& error, const Refusal& refusal) {
    refusal_ = refusal;
    error = http::error::bad_value;
}

}  // namespace etapa::net
