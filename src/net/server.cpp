#include "net/server.hpp"

#include "net/listener.hpp"

#include <utility>

namespace etapa::net {

struct Server::Parts {
    Parts(Env env, const ServerSettings& wanted, Handler handler)
        : compute(std::max(1U, wanted.io_threads)),
          base{.env = env,
               .settings = wanted,
               .handler = std::move(handler),
               .cors = Cors(wanted.cors_allowed_origins),
               .compute = compute,
               .connections = ConnectionCount(env.metrics.gauge("etapa_http_connections", "HTTP connections served.")),
               .turned_away = ConnectionCount(env.metrics.gauge(
                   "etapa_http_connections_turned_away", "HTTP connections being told that there are too many."))} {
        for (unsigned index = 0; index < std::max(1U, wanted.io_threads); ++index) {
            threads.push_back(std::make_unique<IoThread>(base, index));
        }
    }

    ComputePool compute;
    ServerBase base;
    std::vector<std::unique_ptr<IoThread>> threads;
    std::unique_ptr<Listener> listener;
};

Server::Server(Env env, const ServerSettings& settings, Handler handler)
    : parts_(std::make_unique<Parts>(std::move(env), settings, std::move(handler))) {}

Server::~Server() { stop(); }

void Server::stop() {
    for (auto& thread : parts_->threads) thread->stop();
    parts_->compute.stop();
}

void Server::start() {
    parts_->listener = std::make_unique<Listener>(parts_->base, parts_->threads);
    parts_->listener->start();
    for (auto& thread : parts_->threads) thread->start();
}

std::uint16_t Server::port() const { return parts_->listener->port(); }

unsigned Server::io_threads() const { return static_cast<unsigned>(parts_->threads.size()); }

boost::asio::any_io_executor Server::executor(unsigned io_thread) const {
    return parts_->threads.at(io_thread)->context().get_executor();
}

void Server::drain(Duration limit) {
    if (!parts_->listener) return;
    parts_->listener->close();
    for (auto& thread : parts_->threads) thread->end_idle_connections();
    const auto left = parts_->base.connections.wait_for_none(limit);
    if (left == 0) return;
    parts_->base.env.log.warning("Closing connections that did not end in time.",
                                 {{"connections", static_cast<std::int64_t>(left)}});
    for (auto& thread : parts_->threads) thread->close_connections();
}

}  // namespace etapa::net
