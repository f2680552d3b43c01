#pragma once
// Where a request becomes a transaction: finds the route, turns the key into a caller, reads the arguments, runs the
// handler in the transaction that it asks for, and writes the answer or the problem. Problems of requests are caught
// here and nowhere else (DESIGN 8).

#include "api/kept_answers.hpp"
#include "api/known_keys.hpp"
#include "api/rate_limit.hpp"
#include "api/router.hpp"
#include "api/streams.hpp"
#include "base/env.hpp"
#include "crm/keys/store.hpp"
#include "db/database.hpp"
#include "net/http.hpp"

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace etapa::api {

class Gate {
public:
    // `requests_per_minute` of each key, by all `nodes` together; 0 is no limit.
    Gate(const Env& env, Database& database, const Router& router, unsigned requests_per_minute = 0,
         RateLimit::Nodes nodes = RateLimit::Nodes::one);

    // What some routes need beside the database; both outlive the gate. To be said before the first request.
    void allow(const OutboundRules& rules) { outbound_.rules = &rules; }
    void stream_with(Streams& streams) { streams_ = &streams; }
    // Where the server says that it is found; without it, where each client found it.
    void serve_as(std::string public_url) { public_url_ = std::move(public_url); }
    // Seals and opens the secrets of channels; it outlives the gate. To be said before the first request.
    void use(const Vault& vault) { vault_ = &vault; }

    // Answers on the I/O thread of the request; waits for the database without blocking it.
    boost::asio::awaitable<void> serve(net::Request& request, net::Response& response);

    // Answers the same, blocking the calling thread: for the demo's data, and for tests without a socket.
    void serve_now(net::Request& request, net::Response& response);

    // For bodies that are larger than usual, when only the head of a request has come: how large its route lets them
    // be, 0 when it does not, and whether the client has a key.
    [[nodiscard]] std::size_t larger_body_bytes_max(const net::Request& request) const;
    boost::asio::awaitable<bool> admits_larger_body(const net::Request& request);

private:
    struct Visit;

    // Finds the route. True when the answer is already complete.
    bool match(Visit& visit) const;
    // Answers as it was answered before, when nothing has been committed since. False when that is not known.
    bool recall(ReadTx& tx, Visit& visit);
    void keep(const Visit& visit);
    // Looks the key up and makes the caller; throws the 401.
    void admit(ReadTx& tx, Visit& visit);
    static void use_key(Visit& visit, ApiKey key);
    // Makes the caller of a key that has opened before, where looking it up first would cost a round trip. `run` reads
    // it again.
    void recognize(Visit& visit);
    // Runs the handler, in the name of a key that opens.
    template <class F> void run(ReadTx& tx, Visit& visit, F act);
    static bool admit_by_token(ReadTx& tx, Visit& visit);
    // Counts the request of a key; throws the 429. False when this node must take a share of the limit first.
    bool limit_rate(Visit& visit);
    boost::asio::awaitable<void> take_share(const Visit& visit);
    void take_share_now(const Visit& visit);
    // Reads the arguments out of path, query and body.
    void prepare(Visit& visit) const;
    static void reply(const Visit& visit);
    // Begins the stream of a route that has one.
    void stream(Visit& visit) const;
    [[nodiscard]] bool is_use_new(const Visit& visit) const;
    // Of a request that reads: what was read is answered also when the store cannot take the note. One at a time, and
    // none for a minute after a failure: reads must not wait for a store that takes no changes.
    boost::asio::awaitable<void> note_use(const Visit& visit);
    // Gives what the answer tells of some seconds to come to its end.
    boost::asio::awaitable<void> settle(Visit& visit);
    // Turns whatever was thrown into an answer.
    void answer_failure(const Visit& visit, std::exception_ptr failure) const;

    Env env_;
    Database& database_;
    const Router& router_;
    RateLimit rate_limit_;
    std::vector<KeptAnswers> kept_answers_;  // one for each I/O thread
    Counter& recalled_;
    KnownKeys known_keys_;  // where the database is a network away
    Outbound outbound_;
    std::string public_url_;
    Streams* streams_ = nullptr;
    const Vault* vault_ = nullptr;
    std::atomic<std::int64_t> note_not_before_ = 0;  // milliseconds since 1970
};

}  // namespace etapa::api
