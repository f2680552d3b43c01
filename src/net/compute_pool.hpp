#pragma once
// Threads for work that keeps a processor busy for long, so that the connections of an I/O thread need not wait for it.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cstddef>

namespace etapa::net {

class ComputePool {
public:
    explicit ComputePool(std::size_t threads) : threads_(threads) {}

    // Runs `work` on a thread of the pool and resumes the coroutine where it was. `work` is kept by reference, touches
    // nothing that its coroutine's thread touches meanwhile, and throws nothing.
    template <class F> boost::asio::awaitable<void> run(F& work) {
        const auto executor = co_await boost::asio::this_coro::executor;
        boost::asio::steady_timer done(executor, boost::asio::steady_timer::time_point::max());
        const auto finish = [&done] { done.cancel(); };
        auto job = [&] {
            work();
            --waiting_;
            boost::asio::post(executor, finish);
        };
        ++waiting_;
        boost::asio::post(threads_, job);
        boost::system::error_code cancelled;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, cancelled);
        co_await done.async_wait(token);
    }

    // What is waiting or being worked on.
    [[nodiscard]] std::size_t waiting() const { return waiting_; }

    // Ends the threads. What waits for them is never resumed.
    void stop() {
        threads_.stop();
        threads_.join();
    }

private:
    boost::asio::thread_pool threads_;
    std::atomic<std::size_t> waiting_ = 0;
};

}  // namespace etapa::net
