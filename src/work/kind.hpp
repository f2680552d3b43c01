#pragma once
// A kind of job, and what does it. Inside kinds run in a transaction that also removes the job: exactly once. Outside
// kinds are coroutines that call somebody, at least once: the job is leased while they run (work/outside.hpp).

#include "crm/jobs/job.hpp"
#include "db/tx.hpp"

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string_view>

namespace etapa::work {

struct Outcome;
struct Outside;

// One of the two functions is there.
struct Kind {
    std::string_view name;  // an imperative
    // Does jobs of this kind of one organization, all of them or none.
    void (*run)(WriteTx& tx, std::span<const Job> jobs) = nullptr;
    // Makes one attempt at a job. Both arguments outlive it.
    boost::asio::awaitable<Outcome> (*call)(Outside& outside, const Job& job) = nullptr;
};

// All kinds; all.cpp lists them.
std::span<const Kind> kinds();

}  // namespace etapa::work
