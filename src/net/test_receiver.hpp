#pragma once
// What tests of the client share: a server on 127.0.0.1 that answers what it is told to, with or without TLS, and a
// resolver that answers from a list.

#include "net/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace etapa::net {

// Answers from a list; counts how often it was asked.
class ListResolver final : public Resolver {
public:
    std::map<std::string, std::vector<std::string>> answers;
    int asked = 0;

    boost::asio::awaitable<Addresses> resolve(const std::string& host, Duration) override {
        ++asked;
        Addresses addresses;
        for (const auto& text : answers[host]) addresses.push_back(boost::asio::ip::make_address(text));
        co_return addresses;
    }
};

// Serves one connection after the other until it is destroyed.
class Receiver {
public:
    // The head of the request goes in, the bytes of the answer come out; empty: the connection stays open in silence.
    using Answer = std::function<std::string(const std::string& head)>;

    explicit Receiver(Answer answer, boost::asio::ssl::context* tls = nullptr)
        : answer_(std::move(answer)), tls_(tls), acceptor_(context_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
        thread_ = std::thread([this] { serve(); });
    }
    ~Receiver() {
        stopping_ = true;
        boost::system::error_code ignored;
        boost::asio::ip::tcp::socket wake(context_);
        wake.connect(acceptor_.local_endpoint(), ignored);
        thread_.join();
    }
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    [[nodiscard]] std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
    [[nodiscard]] int connections() const { return connections_; }
    [[nodiscard]] std::string last_head() {
        const std::lock_guard lock(mutex_);
        return last_head_;
    }

private:
    using Socket = boost::asio::ip::tcp::socket;

    void serve() {
        while (true) {
            boost::system::error_code error;
            Socket socket(context_);
            acceptor_.accept(socket, error);
            if (stopping_) return;
            if (error) continue;
            ++connections_;
            if (tls_ == nullptr) {
                talk(socket);
            } else {
                boost::asio::ssl::stream<Socket&> stream(socket, *tls_);
                stream.handshake(boost::asio::ssl::stream_base::server, error);
                if (!error) talk(stream);
            }
        }
    }

    template <class Stream> void talk(Stream& stream) {
        boost::system::error_code error;
        boost::asio::streambuf buffer;
        const auto bytes = boost::asio::read_until(stream, buffer, "\r\n\r\n", error);
        if (error) return;
        const std::string head(boost::asio::buffers_begin(buffer.data()),
                               boost::asio::buffers_begin(buffer.data()) + static_cast<std::ptrdiff_t>(bytes));
        {
            const std::lock_guard lock(mutex_);
            last_head_ = head;
        }
        const auto answer = answer_(head);
        if (!answer.empty()) boost::asio::write(stream, boost::asio::buffer(answer), error);
        // Silence lasts until the client goes away.
        while (answer.empty() && !error) boost::asio::read(stream, buffer, boost::asio::transfer_at_least(1), error);
    }

    Answer answer_;
    boost::asio::ssl::context* tls_;
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::mutex mutex_;
    std::string last_head_;
    std::thread thread_;
};

inline OutboundResult send_now(Transport& transport, const OutboundRequest& request) {
    boost::asio::io_context context;
    auto result = boost::asio::co_spawn(context, transport.send(request), boost::asio::use_future);
    context.run();
    return result.get();
}

}  // namespace etapa::net
