#include "net/io_thread.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace etapa::net {

namespace asio = boost::asio;

namespace {

// A deadline is noticed at most a quarter of the shortest time-out late.
std::chrono::milliseconds time_between_rounds(const ServerSettings& settings) {
    const auto shortest = std::min({settings.idle_timeout, settings.request_timeout, settings.write_timeout});
    return std::chrono::milliseconds(std::clamp<std::int64_t>(shortest.milliseconds / 4, 10, 1'000));
}

void log_failure(const Log& log, const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        log.error("A connection failed.", {{"error", error.what()}});
    }
}

}  // namespace

bool ConnectionCount::add_below(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    if (count_ >= limit) return false;
    ++count_;
    gauge_.add(1);
    return true;
}

void ConnectionCount::remove() {
    const std::lock_guard lock(mutex_);
    gauge_.add(-1);
    if (--count_ == 0) none_left_.notify_all();
}

std::size_t ConnectionCount::wait_for_none(Duration limit) {
    std::unique_lock lock(mutex_);
    none_left_.wait_for(lock, std::chrono::milliseconds(limit.milliseconds), [&] { return count_ == 0; });
    return count_;
}

IoThread::IoThread(ServerBase& base, unsigned index)
    : base_(base),
      context_(1),
      work_(context_.get_executor()),
      rounds_(context_),
      workplace_{.env = base.env,
                 .settings = base.settings,
                 .handler = base.handler,
                 .cors = base.cors,
                 .compute = base.compute,
                 .io_thread = index} {}

void IoThread::start() {
    asio::post(context_, [this] { look_for_late_sessions(); });
    thread_ = std::thread([this] { context_.run(); });
}

void IoThread::stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

void IoThread::adopt(asio::ip::tcp::socket socket, Admission admission) {
    asio::post(context_,
               [this, socket = std::move(socket), admission]() mutable { serve(std::move(socket), admission); });
}

void IoThread::serve(asio::ip::tcp::socket socket, Admission admission) {
    const auto session = sessions_.emplace(sessions_.end(), std::move(socket), workplace_, admission);
    asio::co_spawn(context_, session->run(), [this, session, admission](const std::exception_ptr& error) {
        sessions_.erase(session);
        base_.count_of(admission).remove();
        if (error) log_failure(base_.env.log, error);
    });
}

void IoThread::look_for_late_sessions() {
    const auto now = std::chrono::steady_clock::now();
    for (auto& session : sessions_) session.cancel_if_late(now);
    rounds_.expires_after(time_between_rounds(base_.settings));
    rounds_.async_wait([this](const boost::system::error_code& error) {
        if (!error) look_for_late_sessions();
    });
}

void IoThread::end_idle_connections() {
    asio::post(context_, [this] {
        workplace_.is_draining = true;
        for (auto& session : sessions_) session.cancel_if_idle();
    });
}

void IoThread::close_connections() {
    asio::post(context_, [this] {
        for (auto& session : sessions_) session.close();
    });
}

}  // namespace etapa::net
