// Job: wake the lanes of an endpoint that takes deliveries again, or clear those of a deleted one.
#include "flow/deliver.hpp"
#include "work/kind.hpp"

namespace etapa::work {
namespace {

void run(WriteTx& tx, std::span<const Job> jobs) {
    for (const auto& job : jobs) flow::catch_up(tx, job);
}

}  // namespace

extern const Kind catch_up_webhook{flow::catch_up_job, run};

}  // namespace etapa::work
