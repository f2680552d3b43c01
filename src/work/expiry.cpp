#include "work/expiry.hpp"

#include "base/ranges.hpp"
#include "crm/events/retention.hpp"
#include "crm/idempotency/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/webhooks/deliveries.hpp"

#include <array>

namespace etapa::work {
namespace {

constexpr Duration look_every = seconds(600);
// A few milliseconds of the writer.
constexpr std::int64_t batch_rows_max = 200;

}  // namespace

bool Expiry::run_batch() {
    if (left_.empty()) {
        if (looked_at_ && env_.clock.now() - *looked_at_ < look_every) return false;
        looked_at_ = env_.clock.now();
        auto all = [](ReadTx& tx) { return organizations::list(tx); };
        for (const auto& organization : database_.read_now(Caller{}, all)) left_.push_back(organization.id);
        if (left_.empty()) return false;
    }
    Caller caller;
    caller.organization = left_.back();
    caller.cause = "expiry";
    left_.pop_back();
    auto erase = [&](WriteTx& tx) { return erase_some(tx); };
    if (database_.write_now(caller, erase)) left_.push_back(caller.organization);
    return !left_.empty();
}

bool Expiry::erase_some(WriteTx& tx) const {
    const std::array<std::int64_t, 4> erased{
        retention_.events ? events::erase_older(tx, tx.now() - *retention_.events, batch_rows_max) : 0,
        deliveries::erase_older(tx, tx.now() - retention_.deliveries, batch_rows_max),
        jobs::erase_failed(tx, tx.now() - retention_.failed_jobs, batch_rows_max),
        idempotency::erase_old(tx, batch_rows_max),
    };
    return contains(erased, batch_rows_max);
}

}  // namespace etapa::work
