#pragma once
// Erases what has been kept long enough, in small batches between which everybody else gets a turn. Several nodes may
// do it at once: each takes what the others leave.

#include "base/env.hpp"
#include "db/database.hpp"

#include <optional>
#include <vector>

namespace etapa::work {

// How long things are kept. Answers under an Idempotency-Key have a span of their own (crm/idempotency/store.hpp).
struct Retention {
    std::optional<Duration> events;                // empty: for ever
    Duration deliveries = seconds(30LL * 86'400);  // from when they were made, unless they still wait
    Duration failed_jobs = seconds(90LL * 86'400);
};

class Expiry {
public:
    Expiry(const Env& env, Database& database, const Retention& retention)
        : env_(env), database_(database), retention_(retention) {}

    // Erases one batch of one organization; true when there may be more. Does nothing most of the time: it looks at
    // all organizations every few minutes.
    bool run_batch();

private:
    // One batch of one organization; false when nothing is left.
    bool erase_some(WriteTx& tx) const;

    Env env_;
    Database& database_;
    Retention retention_;
    std::optional<Time> looked_at_;
    std::vector<OrganizationId> left_;  // of the latest look, the next one last
};

}  // namespace etapa::work
