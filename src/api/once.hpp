#pragma once
// Requests that carry an Idempotency-Key: what they ask for is done once, however often they arrive.

#include "api/route.hpp"
#include "crm/idempotency/record.hpp"

#include <optional>
#include <string>

namespace etapa::api {

class Once {
public:
    // Reads the header of a request that changes something in the name of an API key; others are never recorded.
    // Throws the 400 for a key that is none, and what Upload::read throws. An answer with a secret is recorded so that
    // only who sent the request can have it again.
    Once(const net::Request& request, const Route& route);

    // Runs the call, unless the same request was answered before. Another request under the same key is a 422. A call
    // that refuses leaves no record.
    void run(WriteTx& tx, Call& call);

    // How long an answer may wait for its end (R28).
    static constexpr Duration settle_time = seconds(10);
    // Whether the answer is at its end. Who repeats a request waits with the one that was first.
    bool settle(ReadTx& tx, Call& call);

    // Whether the answer was recorded before its end. `record` notes the end.
    [[nodiscard]] bool is_open() const { return is_open_; }
    void record(WriteTx& tx, const Call& call, std::optional<Time> settles_until = {}) const;

    // Writes the answer: the call's, or the one that was recorded.
    void reply(const Call& call, net::Response& response) const;

private:
    std::string key_;  // empty: the request may be repeated as it likes
    std::string request_hash_;
    std::string seal_key_;  // of a secret answer: made from the API key, which is stored nowhere
    std::optional<IdempotencyRecord> known_;
    bool is_open_ = false;
};

}  // namespace etapa::api
