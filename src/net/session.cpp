#include "net/session.hpp"

#include "net/body_stream.hpp"
#include "net/gzip.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <exception>
#include <utility>

namespace etapa::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t read_bytes = 8'192;
// What a large request made a connection allocate is given back after it.
constexpr std::size_t kept_bytes_max = 65'536;
// How long a connection that the server ends may still send: closing earlier could make the client lose its answer.
constexpr Duration linger_time = seconds(2);

// With more answers waiting to be compressed, the next one goes out as it is.
constexpr std::size_t compressing_max = 64;

constexpr Refusal too_late{408, "request_timeout", "The request did not arrive in time."};
constexpr Refusal failed{500, "internal_error", "Something went wrong on the server. It has been recorded."};
constexpr Refusal too_many{503, "too_many_connections", "There are too many connections. Try again in a moment."};

}  // namespace

void RequestIds::assign_next(std::string& id) {
    constexpr std::string_view digits = "0123456789abcdefghijkmnpqrstvwxy";  // 32: five bits of each byte are used
    constexpr std::size_t length = 20;
    if (used_ + length > pool_.size()) {
        random_.fill(pool_);
        used_ = 0;
    }
    id.resize(length);
    for (char& c : id) c = digits[std::to_integer<unsigned>(pool_[used_++]) % digits.size()];
}

Session::Session(asio::ip::tcp::socket socket, Workplace& workplace, Admission admission)
    : socket_(std::move(socket)), workplace_(workplace), admission_(admission) {
    error_code ignored;
    peer_ = socket_.remote_endpoint(ignored).address();
    request_.io_thread = workplace.io_thread;
    enter(Phase::idle, workplace.settings.idle_timeout);
}

asio::awaitable<void> Session::run() {
    bool is_open = true;
    while (is_open && keeps_alive_) {
        is_open = co_await receive();
        if (!is_open) co_return;
        co_await answer();
        if (is_to_compress()) co_await compress();
        is_open = co_await send();
    }
    if (is_open) co_await linger();
}

void Session::begin_request() {
    const auto& settings = workplace_.settings;
    const RequestLimits limits{settings.target_bytes_max, settings.header_bytes_max, settings.body_bytes_max,
                               &settings.larger_body_bytes_max};
    parser_.emplace(request_, limits);
    response_.clear();
    if (buffer_.size() == 0) {
        enter(Phase::idle, settings.idle_timeout);
    } else {
        enter(Phase::reading, settings.request_timeout);
    }
}

// True when there is something to answer: a request, or a refusal that stands in the response already.
asio::awaitable<bool> Session::receive() {
    begin_request();
    if (admission_ == Admission::turn_away) {
        refuse(too_many);
        response_.headers.emplace_back("Retry-After", "1");
        co_return true;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    for (;;) {
        const auto state = parser_->feed(buffer_);
        if (state == RequestParser::State::refused) refuse(parser_->refusal());
        if (state != RequestParser::State::incomplete) co_return true;
        if (phase_ == Phase::idle && workplace_.is_draining) co_return false;
        if (parser_->takes_larger_body()) {
            const bool is_admitted = co_await workplace_.settings.admits_larger_body(request_);
            if (!is_admitted) refuse(body_too_large);
            if (!is_admitted) co_return true;
            enter(Phase::reading, workplace_.settings.larger_request_timeout);
        }
        if (parser_->takes_expectation()) {
            const auto go_on = asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25);
            co_await asio::async_write(socket_, go_on, token);
        }
        const auto space = buffer_.prepare(read_bytes);
        const auto count = co_await socket_.async_read_some(space, token);
        if (was_cut_in_a_request(error)) refuse(too_late);
        if (error) co_return response_.status == too_late.status;
        buffer_.commit(count);
        if (phase_ == Phase::idle) enter(Phase::reading, workplace_.settings.request_timeout);
    }
}

bool Session::was_cut_in_a_request(const error_code& error) const {
    return error == asio::error::operation_aborted && phase_ == Phase::reading && socket_.is_open();
}

asio::awaitable<void> Session::answer() {
    phase_ = Phase::handling;
    deadline_.reset();
    received_at_ = std::chrono::steady_clock::now();
    if (!keeps_alive_) co_return;  // refused already
    workplace_.settings.proxies.judge(peer_, request_);
    if (request_.request_id.empty()) workplace_.ids.assign_next(request_.request_id);
    keeps_alive_ = parser_->wants_keep_alive();
    if (workplace_.cors.answers(request_)) {
        workplace_.cors.answer_preflight(request_, response_);
        co_return;
    }
    try {
        co_await workplace_.handler(request_, response_);
    } catch (const std::exception& error) {
        workplace_.env.log.error("A request failed.", {{"requestId", request_.request_id},
                                                       {"method", name_of(request_.method)},
                                                       {"route", response_.route},
                                                       {"error", error.what()}});
        response_.headers.clear();
        response_.stream.reset();
        response_.content_type = Response().content_type;
        response_.status = failed.status;
        response_.body = error_body(failed.sentence, failed.code, request_.request_id);
    }
}

bool Session::is_to_compress() {
    if (!is_worth_compressing(response_)) return false;
    response_.headers.emplace_back("Vary", "Accept-Encoding");
    return accepts_gzip(request_.header("accept-encoding")) && workplace_.compute.waiting() < compressing_max;
}

asio::awaitable<void> Session::compress() {
    response_.headers.emplace_back("Content-Encoding", "gzip");
    if (response_.stream) {
        auto first = std::exchange(response_.body, {});
        response_.stream =
            std::make_shared<GzippedStream>(std::move(first), std::move(response_.stream), workplace_.compute);
        co_return;
    }
    std::string packed;
    auto pack = [&] { Gzip().append(response_.body, Gzip::Last::yes, packed); };
    co_await workplace_.compute.run(pack);
    response_.body.swap(packed);
}

asio::awaitable<bool> Session::send() {
    if (framing() == Framing::end_of_connection) keeps_alive_ = false;
    write_head();
    const bool is_bodiless = request_.method == Method::head || !has_body(response_.status);
    const bool has_pieces = response_.stream != nullptr && !is_bodiless;
    const std::array<asio::const_buffer, 2> bytes{
        asio::buffer(head_), is_bodiless || has_pieces ? asio::const_buffer() : asio::buffer(response_.body)};
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    enter(Phase::writing, workplace_.settings.write_timeout);
    record();
    co_await asio::async_write(socket_, bytes, token);
    bool is_sent = !error;
    if (is_sent && has_pieces) is_sent = co_await send_pieces();
    give_back_memory();
    co_return is_sent;
}

Framing Session::framing() const {
    if (!response_.stream) return Framing::length;
    return parser_->is_http_1_0() ? Framing::end_of_connection : Framing::chunks;
}

asio::awaitable<bool> Session::send_pieces() {
    end_stream_with_client();
    if (buffer_.size() == 0) buffer_.shrink_to_fit();  // the next request may be hours away
    std::string piece;
    piece.swap(response_.body);
    auto state = Piece::made;
    while (state == Piece::made) {
        if (!piece.empty()) {
            const bool is_taken = co_await send_piece(piece);
            if (!is_taken) co_return false;
        }
        piece.clear();
        state = co_await next_piece(piece);
    }
    if (state == Piece::failed) co_return false;
    bool is_taken = true;
    if (!piece.empty()) is_taken = co_await send_piece(piece);
    piece.clear();
    if (is_taken && framing() == Framing::chunks)
        is_taken = co_await send_piece(piece);  // an empty chunk ends the body
    co_return is_taken;
}

asio::awaitable<bool> Session::send_piece(const std::string& piece) {
    head_.clear();
    const bool has_chunks = framing() == Framing::chunks;
    if (has_chunks) append_chunk_size(head_, piece.size());
    const std::array<asio::const_buffer, 3> bytes{asio::buffer(head_), asio::buffer(piece),
                                                  asio::buffer("\r\n", has_chunks ? 2 : 0)};
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    enter(Phase::writing, workplace_.settings.write_timeout);
    co_await asio::async_write(socket_, bytes, token);
    co_return !error;
}

asio::awaitable<Session::Piece> Session::next_piece(std::string& piece) {
    phase_ = Phase::handling;
    deadline_.reset();
    try {
        const bool goes_on = co_await response_.stream->next(piece);
        co_return goes_on ? Piece::made : Piece::last;
    } catch (const std::exception& error) {
        workplace_.env.log.error(
            "An answer broke off.",
            {{"requestId", request_.request_id}, {"route", response_.route}, {"error", error.what()}});
        co_return Piece::failed;
    }
}

// Bytes that arrive meanwhile are the next request of a client that does not wait; after them its end goes unnoticed
// until a piece cannot be written.
void Session::end_stream_with_client() {
    if (workplace_.is_draining) response_.stream->end();
    auto end_with_client = [this, running = std::weak_ptr(response_.stream)](const error_code& error) {
        const auto stream = running.lock();  // while it lives, so does the session
        if (!stream) return;
        error_code ignored;
        if (error || socket_.available(ignored) == 0) stream->end();
    };
    socket_.async_wait(asio::ip::tcp::socket::wait_read, end_with_client);
}

void Session::write_head() {
    if (workplace_.is_draining) keeps_alive_ = false;
    auto connection = ConnectionHeader::unsaid;
    if (!keeps_alive_) {
        connection = ConnectionHeader::close;
    } else if (parser_->is_http_1_0()) {
        connection = ConnectionHeader::keep_alive;
    }
    head_.clear();
    append_head(head_, response_, request_.request_id, workplace_.date.at(workplace_.env.clock.now()), connection,
                framing());
    workplace_.cors.append_headers(head_, request_);
    head_ += "\r\n";
}

void Session::record() {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - received_at_;
    workplace_.metrics.count(response_.route, request_.method, response_.status, taken.count());
}

void Session::give_back_memory() {
    for (auto* text : {&request_.body, &response_.body}) {
        if (text->capacity() > kept_bytes_max) std::string().swap(*text);
    }
    response_.stream.reset();
}

asio::awaitable<void> Session::linger() {
    enter(Phase::lingering, linger_time);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    socket_.shutdown(asio::socket_base::shutdown_send, error);
    while (!error) {
        buffer_.clear();
        const auto space = buffer_.prepare(read_bytes);
        co_await socket_.async_read_some(space, token);
    }
}

void Session::enter(Phase phase, Duration limit) {
    phase_ = phase;
    deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit.milliseconds);
}

void Session::refuse(const Refusal& refusal) {
    keeps_alive_ = false;
    if (request_.request_id.empty()) workplace_.ids.assign_next(request_.request_id);
    response_.status = refusal.status;
    response_.body = error_body(refusal.sentence, refusal.code, request_.request_id);
}

void Session::cancel_if_late(Instant now) {
    error_code ignored;
    if (deadline_ && now >= *deadline_) socket_.cancel(ignored);
}

void Session::cancel_if_idle() {
    error_code ignored;
    if (phase_ == Phase::idle) socket_.cancel(ignored);
    if (response_.stream) response_.stream->end();
}

void Session::close() {
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace etapa::net
