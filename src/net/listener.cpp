#include "net/listener.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <sys/resource.h>
#include <utility>

namespace etapa::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Connections beyond the limit that are still told so; those beyond these are closed without a word.
constexpr std::size_t turned_away_max = 64;
constexpr int accepted_in_a_round_max = 64;

[[noreturn]] void cannot_listen(const ServerSettings& settings, std::string_view reason) {
    throw ListenError("Cannot listen on " + settings.host + " port " + std::to_string(settings.port) + ": " +
                      std::string(reason));
}

[[noreturn]] void cannot_bind(const ServerSettings& settings, const error_code& error) {
    if (error == asio::error::address_in_use) {
        cannot_listen(settings, "another program listens there. Stop it, or choose another port.");
    }
    if (error == asio::error::access_denied) {
        cannot_listen(settings, "this user may not use the port. Choose one above 1023.");
    }
    if (error == boost::system::errc::address_not_available) {
        cannot_listen(settings, "this machine has no such address. Choose one of its own, or 0.0.0.0 for all.");
    }
    cannot_listen(settings, error.message() + ".");
}

tcp::endpoint resolved(asio::io_context& context, const ServerSettings& settings) {
    error_code error;
    tcp::resolver resolver(context);
    const auto found = resolver.resolve(settings.host, std::to_string(settings.port), tcp::resolver::passive, error);
    if (error || found.empty()) {
        cannot_listen(settings,
                      "the host name is not known here. Choose an address of this machine, such as 127.0.0.1.");
    }
    return found.begin()->endpoint();
}

// Every connection is an open file; the usual soft limit of 1,024 is for programs that use select().
void raise_open_files_limit(const ServerBase& base) {
    constexpr rlim_t files_besides_connections = 512;
    const rlim_t wanted = base.settings.connections_max + turned_away_max + files_besides_connections;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = std::min(wanted, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= wanted) return;
    base.env.log.warning(
        "The limit of open files is too low for so many connections.",
        {{"limit", static_cast<std::int64_t>(limit.rlim_cur)}, {"wanted", static_cast<std::int64_t>(wanted)}});
}

bool is_out_of_resources(const error_code& error) {
    return error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system ||
           error == asio::error::no_buffer_space || error == asio::error::no_memory;
}

}  // namespace

Listener::Listener(ServerBase& base, std::span<const std::unique_ptr<IoThread>> threads)
    : base_(base), threads_(threads), acceptor_(threads[0]->context()), pause_(threads[0]->context()) {
    raise_open_files_limit(base);
    const auto endpoint = resolved(threads[0]->context(), base.settings);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);  // restarts bind at once
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) acceptor_.non_blocking(true, error);
    if (error) cannot_bind(base.settings, error);
    port_ = acceptor_.local_endpoint().port();
}

void Listener::start() { asio::co_spawn(threads_[0]->context(), accept_all(), asio::detached); }

void Listener::close() {
    asio::post(threads_[0]->context(), [this] {
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
    });
}

// Waits for connections and takes them without waiting, so that no socket of another thread's context is held here
// while suspended.
asio::awaitable<void> Listener::accept_all() {
    constexpr std::chrono::milliseconds until_files_may_be_free{100};
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (acceptor_.is_open()) {
        co_await acceptor_.async_wait(tcp::acceptor::wait_read, token);
        if (error || !acceptor_.is_open()) co_return;
        if (accept_waiting() == Round::all_accepted) continue;
        pause_.expires_after(until_files_may_be_free);
        co_await pause_.async_wait(token);
    }
}

Listener::Round Listener::accept_waiting() {
    for (int count = 0; count < accepted_in_a_round_max; ++count) {
        IoThread& thread = *threads_[next_thread_ % threads_.size()];
        tcp::socket socket(thread.context());
        error_code error;
        acceptor_.accept(socket, error);
        if (is_out_of_resources(error)) {
            base_.env.log.warning("Cannot accept connections.", {{"error", error.message()}});
            return Round::out_of_resources;
        }
        if (error == asio::error::would_block) return Round::all_accepted;
        if (error) continue;  // the client went away meanwhile
        ++next_thread_;
        deal(std::move(socket), thread);
    }
    return Round::all_accepted;
}

void Listener::deal(tcp::socket socket, IoThread& thread) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (base_.connections.add_below(base_.settings.connections_max)) {
        thread.adopt(std::move(socket), Admission::serve);
    } else if (base_.turned_away.add_below(turned_away_max)) {
        thread.adopt(std::move(socket), Admission::turn_away);
    }
}

}  // namespace etapa::net
