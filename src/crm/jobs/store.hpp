#pragma once
// The table of jobs. Kinds are registered in work/all.cpp; this store does not know them.

#include "crm/jobs/job.hpp"
#include "db/tx.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace etapa::jobs {

// Asks for a job at `due`, replacing a job with the same key. Wakes the runner in time.
void schedule(WriteTx& tx, std::string_view kind, std::string_view key, Time due, const JsonObject& payload);

// Asks for a job that leaves the process and calls the host `target`. Where a job with the same key waits already, it
// is left as it is, or due at the new time; an attempt under way is never disturbed, and a failed job begins anew.
enum class Known : std::uint8_t { kept, hurried };
// Before a target that is no host: jobs of such a target are done one at a time, in the order in which they were asked
// for, whichever nodes do them. While the first of them waits for a later attempt, the others wait behind it.
inline constexpr std::string_view one_at_a_time = "one:";
struct OutsideJob {
    std::string_view kind;
    std::string_view key;
    std::string_view target;
    Time due;
    JsonObject payload;
};
void schedule_outside(WriteTx& tx, const OutsideJob& job, Known known);

// Takes back the job with this key, if it still waits. One that somebody is doing right now is left to whoever does it.
void cancel(WriteTx& tx, std::string_view key);
void cancel_all(WriteTx& tx, const std::vector<std::string>& keys);

// Failed jobs first, then pending ones, each by when they are due.
std::vector<Job> list(ReadTx& tx, std::optional<JobState> state, std::int64_t limit);
// Reads for change, once nobody else changes the job; throws the 404.
Job lock(WriteTx& tx, const JobId& id);
void remove(WriteTx& tx, const JobId& id);
// Lets a job that is locked and not leased run now, with its attempts forgotten. Returns it as it is then.
Job retry(WriteTx& tx, Job job);

// Removes up to `limit` due inside jobs of the caller's organization and returns them, oldest first: within one
// transaction a job is either done or still there (exactly once).
std::vector<Job> claim(WriteTx& tx, std::int64_t limit);
// The same for one job; empty when it is gone or not due any more.
std::vector<Job> claim_one(WriteTx& tx, const JobId& id);
// Notes a failed attempt: the job waits until `again`, or for a person when there is no further attempt.
void note_failure(WriteTx& tx, const JobId& id, std::string_view error, std::optional<Time> again);

// Leases up to `limit` due outside jobs until `until` to `attempt`, a name that nobody else uses, and returns them as
// they were. None of those that are `busy`, one of each target with one at a time, and none of those that
// `without_place` names.
struct Lease {
    std::string_view attempt;
    Time until;
};
// Hosts that are called, and kinds of jobs that are done, as often as allowed.
struct Busy {
    std::vector<std::string> targets = {};
    std::vector<std::string> kinds = {};
    [[nodiscard]] bool empty() const { return targets.empty() && kinds.empty(); }
    bool operator==(const Busy&) const = default;
};
using WithoutPlace = std::function<std::vector<JobId>(const std::vector<Job>&)>;
std::vector<Job> lease(WriteTx& tx, const Lease& lease, std::int64_t limit, const Busy& busy,
                       const WithoutPlace& without_place = {});
// Extends the leases that are still held.
void extend(WriteTx& tx, const std::vector<JobId>& ids, const Lease& lease);
// Gives the leases of an attempt back, so that others may begin at once.
void give_back(WriteTx& tx, const std::vector<JobId>& ids, std::string_view attempt);

// What becomes of a leased job after an attempt: gone, or waiting until `again`, or for a person.
struct Settlement {
    enum class Kind : std::uint8_t { done, again, failed } kind = Kind::done;
    Time again;
    std::int64_t attempts = 0;
    std::optional<std::string> error;
};
// Whether the lease is still held; locks the job.
bool holds(WriteTx& tx, const JobId& id, std::string_view attempt);
void settle(WriteTx& tx, const JobId& id, const Settlement& settlement);

// Erases at most `limit` jobs that failed for good before then, and returns how many.
std::int64_t erase_failed(WriteTx& tx, Time before, std::int64_t limit);

// How many jobs wait, of all organizations. Only for the metrics.
std::int64_t count_all(ReadTx& tx, JobState state);

// The organizations that have a job due, in the order of their ids. Crosses organizations: only the runner asks.
enum class Where : std::uint8_t { inside, outside };
std::vector<OrganizationId> organizations_due(ReadTx& tx, Where where);
// The due time of the earliest pending job of all organizations that waits behind no other, for the runner's sleep.
std::optional<Time> earliest_due(ReadTx& tx, Where where);

}  // namespace etapa::jobs
