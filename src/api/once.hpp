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
    // that throws leaves no record.
    void run(WriteTx& tx, Call& call);

    // Whether the answer is at its end; one that was recorded is.
    bool settle(ReadTx& tx, Call& call) const { return known_ || call.settle(tx); }

    // Whether the call was run under a key, so that its answer is recorded; it may be again when more of it is known.
    [[nodiscard]] bool is_recorded() const { return !key_.empty() && !known_; }
    void record(WriteTx& tx, const Call& call) const;

    // Writes the answer: the call's, or the one that was recorded.
    void reply(const Call& call, net::Response& response) const;

private:
    std::string key_;  // empty: the request may be repeated as it likes
    std::string request_hash_;
    std::string seal_key_;  // of a secret answer: made from the API key, which is stored nowhere
    std::optional<IdempotencyRecord> known_;
};

}  // namespace etapa::api
