#pragma once
// A kind of job, and what does it. Inside kinds run in a transaction that also removes the job: exactly once.

#include "crm/jobs/job.hpp"
#include "db/tx.hpp"

#include <span>
#include <string_view>

namespace etapa::work {

struct Kind {
    std::string_view name;  // an imperative
    // Does jobs of this kind of one organization, all of them or none.
    void (*run)(WriteTx& tx, std::span<const Job> jobs);
};

// All kinds; all.cpp lists them.
std::span<const Kind> kinds();

}  // namespace etapa::work
