#pragma once
// The server as a whole. Its members stand in the order in which they need each other: construction is start-up, the
// destructor is shutdown. What is wired here knows nothing of the wiring.

#include "api/gate.hpp"
#include "api/live.hpp"
#include "api/router.hpp"
#include "app/config.hpp"
#include "app/surroundings.hpp"
#include "base/alarm.hpp"
#include "base/outbound.hpp"
#include "base/vault.hpp"
#include "db/database.hpp"
#include "db/server_lock.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "work/courier.hpp"
#include "work/runner.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace etapa::app {

class App {
public:
    // Prepares the database, serves and runs jobs. Throws db::Unusable, net::ListenError or Usage when it cannot.
    explicit App(const Settings& settings);
    // Finishes what is in hand, within about ten seconds at worst.
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    // Where it serves: `http://127.0.0.1:8080`.
    [[nodiscard]] const std::string& url() const { return url_; }
    // Where its users reach it: the same, unless the operator says otherwise.
    [[nodiscard]] const std::string& public_url() const { return public_url_; }
    [[nodiscard]] const Env& env() const { return surroundings_.env; }
    Database& database() { return database_; }
    api::Gate& gate() { return gate_; }

private:
    net::Handler handler(LogLevel level);
    boost::asio::awaitable<void> serve_and_log(net::Request& request, net::Response& response);
    void log_request(const net::Request& request, const net::Response& response, Duration took) const;

    Surroundings surroundings_;
    db::ServerLock lock_;
    Alarm alarm_;
    std::string key_file_;
    OutboundRules outbound_;
    net::SystemResolver resolver_;
    net::Client client_;
    net::Server server_;  // their I/O contexts outlive the database's threads, which post to them
    work::Courier courier_;
    Database database_;
    Vault vault_;  // its key is that of the database
    api::Router router_;
    api::Gate gate_;
    api::Live live_;
    work::Runner runner_;
    std::string url_;
    std::string public_url_;
};

}  // namespace etapa::app
