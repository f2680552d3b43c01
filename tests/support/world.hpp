#pragma once
// A whole Etapa in a test, without a socket: the real database, in a file or in a schema of its own, the real routes
// and the real gate, with a clock that the test moves. One organization exists, with an owner and a key.

#include "api/gate.hpp"
#include "api/resources.hpp"
#include "base/alarm.hpp"
#include "base/env.hpp"
#include "base/vault.hpp"
#include "db/database.hpp"
#include "db/test_store.hpp"
#include "db/url.hpp"
#include "support/internet.hpp"
#include "work/courier.hpp"
#include "work/runner.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

// An answer of the API.
struct Answer {
    int status = 0;
    std::string body;
    boost::json::value json;  // null when the body is not JSON
    std::vector<std::pair<std::string, std::string>> headers;

    // The member at a dotted path: `data.0.id`; null when there is none.
    [[nodiscard]] boost::json::value at(std::string_view path) const;
    // The same as text; fails the test when it is no text.
    [[nodiscard]] std::string text(std::string_view path) const;
    // The paths of `fields` of an error, in order.
    [[nodiscard]] std::vector<std::string> bad_fields() const;
};

class World {
public:
    // Where the internet is told that the server's files are.
    static inline const std::string public_url = "https://crm.example";

    World();
    ~World();

    // Ends the server, and starts one on the same file. Nothing else may be called between the two.
    void stop();
    void start();

    // Calls the API with the first organization's key, or with `key`; an empty `key` sends none.
    Answer call(std::string_view method, std::string_view target, std::string_view body = {});
    Answer call_as(std::string_view key, std::string_view method, std::string_view target, std::string_view body = {});

    // A request as call_as would send it: with JSON, or with a form when the body begins with a boundary. To be
    // changed, and its answer. Every answer is checked against the API's description: one that does not fit fails the
    // test.
    static net::Request request(std::string_view key, std::string_view method, std::string_view target,
                                std::string_view body = {});
    Answer send(net::Request request);

    // Calls and expects success (2xx); returns the answer's JSON.
    Answer good(std::string_view method, std::string_view target, std::string_view body = {});

    // The types of the events since the last call of this function, in order.
    std::vector<std::string> new_events();

    // Moves the clock, then does all jobs that are due.
    void pass(Duration span);
    void run_jobs() { runner_->run_due(); }

    // A second organization with its own key, for what must not be seen.
    std::string second_organization_key();

    // What most tests begin with. Each returns an id.
    std::string scenario(std::string_view name = "Sales");
    // `members` are further JSON members: `"trigger":"price"`.
    std::string step(std::string_view scenario, std::string_view name, std::string_view members = {});
    std::string conversation(std::string_view members = {});
    std::string member(std::string_view email);
    void place(std::string_view conversation, std::string_view step);
    void move(std::string_view conversation, std::string_view step);

    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] const OrganizationId& organization() const { return caller_.organization; }
    [[nodiscard]] const Caller& caller() const { return caller_; }
    // Of the SQLite database.
    [[nodiscard]] std::string file() const { return db::file_of(store_.url()); }
    [[nodiscard]] const api::Router& router() const { return router_; }
    // For a second node on the same database.
    [[nodiscard]] std::string url() const { return store_.url(); }
    // Those of the next start.
    DatabaseSettings& database_settings() { return database_settings_; }
    const Vault& vault() { return vault_; }
    Database& database() { return *database_; }
    // What outside jobs call, and what they sent.
    Internet& internet() { return internet_; }
    ManualClock& clock() { return clock_; }

private:
    std::string new_organization(std::string_view name, std::string_view email, Caller& caller);

    db::TestStore store_;
    ManualClock clock_{*parse_time("2026-03-01T09:00:00.000Z")};
    Metrics metrics_;
    SeededRandom random_{1};
    Env env_{clock_, Log::silent(), metrics_, random_};
    Alarm alarm_{clock_};
    Internet internet_;
    std::optional<work::Courier> courier_;
    DatabaseSettings database_settings_;
    std::unique_ptr<Database> database_;
    api::Router router_;
    Vault vault_{std::string(crypto::key_bytes, 'k')};
    std::optional<api::Gate> gate_;
    std::optional<work::Runner> runner_;
    Caller caller_;
    std::string key_;
    std::string events_after_;
};

}  // namespace etapa::tests
