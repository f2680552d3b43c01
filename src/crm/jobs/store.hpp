#pragma once
// The table of jobs. Kinds are registered in work/all.cpp; this store does not know them.

#include "crm/jobs/job.hpp"
#include "db/tx.hpp"

#include <string_view>
#include <vector>

namespace etapa::jobs {

// Asks for a job at `due`, replacing a job with the same key. Wakes the runner in time.
void schedule(WriteTx& tx, std::string_view kind, std::string_view key, Time due, const JsonObject& payload);

// Takes back the job with this key, if it still waits. One that somebody is doing right now is left to whoever does it.
void cancel(WriteTx& tx, std::string_view key);
void cancel_all(WriteTx& tx, const std::vector<std::string>& keys);

// Failed jobs first, then pending ones, each by when they are due.
std::vector<Job> list(ReadTx& tx, std::optional<JobState> state, std::int64_t limit);
Job get(ReadTx& tx, const JobId& id);
void remove(WriteTx& tx, const JobId& id);
// Lets the job run now, with its attempts forgotten.
Job retry(WriteTx& tx, const JobId& id);

// Removes up to `limit` due jobs of the caller's organization and returns them, oldest first: within one transaction a
// job is either done or still there (exactly once).
std::vector<Job> claim(WriteTx& tx, std::int64_t limit);
// The same for one job; empty when it is gone or not due any more.
std::vector<Job> claim_one(WriteTx& tx, const JobId& id);
// Notes a failed attempt: the job waits until `again`, or for a person when there is no further attempt.
void note_failure(WriteTx& tx, const JobId& id, std::string_view error, std::optional<Time> again);

// How many jobs wait, of all organizations. Only for the metrics.
std::int64_t count_all(ReadTx& tx, JobState state);

// The organizations that have a job due, in no order. Crosses organizations: only the runner asks.
std::vector<OrganizationId> organizations_due(ReadTx& tx);
// The due time of the earliest pending job of all organizations, for the runner's sleep.
std::optional<Time> earliest_due(ReadTx& tx);

}  // namespace etapa::jobs
