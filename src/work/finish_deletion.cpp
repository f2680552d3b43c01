// Job: clear one more batch of what refers to something deleted.
#include "flow/clear.hpp"
#include "work/kind.hpp"

namespace etapa::work {
namespace {

void run(WriteTx& tx, std::span<const Job> jobs) {
    for (const auto& job : jobs) flow::finish_deletion(tx, job);
}

}  // namespace

extern const Kind finish_deletion{flow::deletion_job, run};

}  // namespace etapa::work
