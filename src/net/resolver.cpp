#include "net/resolver.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace etapa::net {

namespace asio = boost::asio;

namespace {

Addresses ask_system(const std::string& host) {
    asio::io_context unused;  // the blocking form needs one and does not run it
    asio::ip::tcp::resolver resolver(unused);
    boost::system::error_code error;
    Addresses addresses;
    for (const auto& entry : resolver.resolve(host, "", error)) addresses.push_back(entry.endpoint().address());
    return addresses;
}

// Shared by the coroutine and the thread, of which either may be the last to look.
struct Question {
    Question(const asio::any_io_executor& executor, Duration limit)
        : timer(executor, std::chrono::milliseconds(limit.milliseconds)) {}
    asio::steady_timer timer;
    Addresses addresses;
};

}  // namespace

asio::awaitable<Addresses> SystemResolver::resolve(const std::string& host, Duration limit) {
    const auto executor = co_await asio::this_coro::executor;
    const auto question = std::make_shared<Question>(executor, limit);
    auto ask = [asked = question, host, executor]() mutable {
        auto addresses = ask_system(host);
        // Given away whole: the question has to end where its timer lives.
        asio::post(executor, [asked = std::move(asked), addresses = std::move(addresses)]() mutable {
            asked->addresses = std::move(addresses);
            asked->timer.cancel();
        });
    };
    asio::post(pool_, std::move(ask));
    boost::system::error_code answered_or_late;
    auto token = asio::redirect_error(asio::use_awaitable, answered_or_late);
    co_await question->timer.async_wait(token);
    co_return question->addresses;
}

void SystemResolver::stop() {
    pool_.stop();
    pool_.join();
}

}  // namespace etapa::net
