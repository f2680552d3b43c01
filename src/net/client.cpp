#include "net/client.hpp"

#include "base/version.hpp"
#include "net/outbound_target.hpp"
#include "net/tls.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace etapa::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Kind = OutboundFailure::Kind;

namespace {

constexpr std::size_t head_bytes_max = 16'384;
constexpr std::size_t addresses_max = 4;  // of one name are tried
constexpr std::chrono::milliseconds close_limit{500};

using Moment = std::chrono::steady_clock::time_point;

std::chrono::milliseconds span(Duration duration) { return std::chrono::milliseconds(duration.milliseconds); }

Duration left_until(Moment deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    return {std::max<std::int64_t>(0, left.count())};
}

OutboundResult failed(Kind kind, std::string sentence) {
    return std::unexpected(OutboundFailure{kind, std::move(sentence), false});
}

std::string in_lower_case(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
    return lower;
}

bool is_ours(std::string_view name) {
    constexpr std::array<std::string_view, 8> ours{"host",       "content-type",      "content-length", "connection",
                                                   "keep-alive", "transfer-encoding", "upgrade",        "expect"};
    return std::ranges::find(ours, in_lower_case(name)) != ours.end();
}

bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7F; });
}

http::request<http::string_body> message_of(const OutboundRequest& request, const OutboundTarget& target) {
    const auto method = request.method == Method::del ? std::string_view("DELETE") : name_of(request.method);
    http::request<http::string_body> message(http::string_to_verb(method), target.path_and_query, 11);
    message.set(http::field::user_agent, "Etapa/" + std::string(version));
    message.set(http::field::accept, "*/*");
    for (const auto& [name, value] : request.headers) {
        if (!name.empty() && !is_ours(name) && is_one_line(name) && is_one_line(value)) message.set(name, value);
    }
    message.set(http::field::host, target.host_header);
    message.set(http::field::connection, "close");
    if (!request.body.empty() || request.method != Method::get) {
        message.set(http::field::content_type, request.content_type);
        message.body() = request.body;
        message.prepare_payload();
    }
    return message;
}

// One request on its way. The steps stand in the order in which they happen.
struct Exchange {
    const OutboundRequest& request;
    OutboundTarget target;
    Moment deadline;
    beast::tcp_stream stream;
    bool handed_over = false;

    [[nodiscard]] OutboundResult lost(const error_code& error, Kind kind, std::string_view what) const {
        OutboundFailure failure;
        failure.kind = error == beast::error::timeout ? Kind::too_slow : kind;
        failure.sentence = std::string(what) + ": " + (error == beast::error::timeout ? "too slow" : error.message());
        failure.handed_over = handed_over;
        return std::unexpected(failure);
    }
};

template <class Parser> OutboundAnswer head_of(const Parser& parser) {
    OutboundAnswer answer;
    answer.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) {
        answer.headers.emplace_back(in_lower_case({field.name_string().data(), field.name_string().size()}),
                                    std::string(field.value()));
    }
    return answer;
}

// The body is read piece by piece into `answer`, so that no announced length makes us reserve anything.
template <class Stream>
asio::awaitable<OutboundResult> read_answer(Exchange& exchange, Stream& stream) {
    http::response_parser<http::buffer_body> parser;
    parser.header_limit(head_bytes_max);
    parser.body_limit(boost::none);
    parser.skip(exchange.request.method == Method::head);
    beast::flat_buffer buffer(2 * head_bytes_max);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await http::async_read_header(stream, buffer, parser, token);
    if (error) co_return exchange.lost(error, Kind::broken, "No answer");
    OutboundAnswer answer = head_of(parser);
    std::array<char, 8'192> piece{};
    const auto wanted = exchange.request.answer_bytes_max;
    while (!parser.is_done() && !answer.is_cut) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        co_await http::async_read(stream, buffer, parser, token);
        if (error == http::error::need_buffer) error = {};
        if (error) co_return exchange.lost(error, Kind::broken, "The answer broke off");
        const auto got = piece.size() - parser.get().body().size;
        answer.is_cut = answer.body.size() + got > wanted;
        answer.body.append(piece.data(), std::min(got, wanted - answer.body.size()));
    }
    OutboundResult result = std::move(answer);
    co_return result;
}

template <class Stream>
asio::awaitable<OutboundResult> talk(Exchange& exchange, Stream& stream) {
    auto message = message_of(exchange.request, exchange.target);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    exchange.handed_over = true;
    co_await http::async_write(stream, message, token);
    if (error) co_return exchange.lost(error, Kind::broken, "The request could not be sent");
    co_return co_await read_answer(exchange, stream);
}

asio::awaitable<OutboundResult> talk_in_secret(Exchange& exchange, asio::ssl::context& context) {
    TlsStream stream(exchange.stream, context);
    expect_host(stream, exchange.target.host);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const auto as_client = asio::ssl::stream_base::client;
    co_await stream.async_handshake(as_client, token);
    if (error) co_return exchange.lost(error, Kind::untrusted, "No trusted connection");
    auto result = co_await talk(exchange, stream);
    exchange.stream.expires_after(close_limit);
    co_await stream.async_shutdown(token);
    co_return result;
}

// Tries the addresses in turn; `error` is that of the last.
asio::awaitable<error_code> connect(Exchange& exchange, const Addresses& addresses) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    for (const auto& address : addresses) {
        const auto until = std::chrono::steady_clock::now() + span(exchange.request.connect_limit);
        exchange.stream.expires_at(std::min(until, exchange.deadline));
        const asio::ip::tcp::endpoint endpoint(address, exchange.target.port);
        co_await exchange.stream.async_connect(endpoint, token);
        if (!error) co_return error;
    }
    co_return error;
}

}  // namespace

std::string_view OutboundAnswer::header(std::string_view name) const {
    const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

struct Client::Parts {
    const OutboundRules& rules;
    Resolver& resolver;
    asio::ssl::context tls;

    asio::awaitable<Addresses> addresses_of(const Exchange& exchange) const {
        const auto& host = exchange.target.host;
        error_code not_literal;
        const auto literal = asio::ip::make_address(host, not_literal);
        Addresses addresses;
        if (!not_literal) {
            addresses.push_back(literal);
            co_return addresses;
        }
        const auto limit = std::min(exchange.request.connect_limit, left_until(exchange.deadline));
        addresses = co_await resolver.resolve(host, limit);
        co_return addresses;
    }
};

Client::Client(const OutboundRules& rules, Resolver& resolver, const std::string& authorities_file)
    : parts_(std::make_unique<Parts>(Parts{rules, resolver, tls_client_context(authorities_file)})) {}

Client::~Client() = default;

asio::awaitable<OutboundResult> Client::send(const OutboundRequest& request) {
    const auto target = OutboundTarget::parse(request.url);
    if (!target) co_return failed(Kind::not_allowed, "The address is no http or https address");
    const auto executor = co_await asio::this_coro::executor;
    const auto deadline = std::chrono::steady_clock::now() + span(request.total_limit);
    beast::tcp_stream stream(executor);
    Exchange exchange{request, *target, deadline, std::move(stream)};
    Addresses addresses = co_await parts_->addresses_of(exchange);
    if (addresses.empty()) co_return failed(Kind::unknown, "The name " + target->host + " does not resolve");
    if (request.target == OutboundRequest::Target::of_somebody) {
        std::erase_if(addresses, [&](const auto& one) { return !parts_->rules.permits(one, target->host); });
    }
    if (addresses.empty()) co_return failed(Kind::not_allowed, "The address is not on the public internet");
    addresses.resize(std::min(addresses.size(), addresses_max));
    const error_code error = co_await connect(exchange, addresses);
    if (error) co_return exchange.lost(error, Kind::unreachable, "No connection");
    exchange.stream.expires_at(deadline);
    if (target->scheme == OutboundTarget::Scheme::https) co_return co_await talk_in_secret(exchange, parts_->tls);
    co_return co_await talk(exchange, exchange.stream);
}

}  // namespace etapa::net
