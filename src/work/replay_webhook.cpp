// Job: tell an endpoint some more of what happened before.
#include "flow/fan_out.hpp"
#include "work/kind.hpp"

namespace etapa::work {
namespace {

void run(WriteTx& tx, std::span<const Job> jobs) {
    for (const auto& job : jobs) flow::replay(tx, job);
}

}  // namespace

extern const Kind replay_webhook{flow::replay_job, run};

}  // namespace etapa::work
