#pragma once
// Names to addresses. The system's resolver blocks, so it has threads of its own, and whoever waits for it can stop
// waiting.

#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>

#include <string>
#include <vector>

namespace etapa::net {

using Addresses = std::vector<boost::asio::ip::address>;

class Resolver {
public:
    virtual ~Resolver() = default;
    // Empty when there are none, or when they did not come within the limit.
    virtual boost::asio::awaitable<Addresses> resolve(const std::string& host, Duration limit) = 0;
};

// Stopped before the I/O contexts of those who ask are destroyed.
class SystemResolver final : public Resolver {
public:
    boost::asio::awaitable<Addresses> resolve(const std::string& host, Duration limit) override;
    // Drops what is asked and waits for what the system is being asked.
    void stop();

private:
    static constexpr std::size_t threads = 4;
    boost::asio::thread_pool pool_{threads};
};

}  // namespace etapa::net
