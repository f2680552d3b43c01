#include "crm/jobs/store.hpp"

#include "base/problem.hpp"
#include "base/ranges.hpp"

#include <algorithm>
#include <utility>

namespace etapa::jobs {
namespace {

void hold(WriteTx& tx, const std::vector<JobId>& ids, const Lease& lease) {
    Query query("UPDATE job SET leased_by = ");
    query.add("", lease.attempt)
        .add(", due_at = ", lease.until)
        .add(" WHERE organization_id = ", tx.organization())
        .add_list(" AND id IN", ids);
    tx.defer(query);
}

}  // namespace

void schedule(WriteTx& tx, std::string_view kind, std::string_view key, Time due, const JsonObject& payload) {
    tx.defer(
        "INSERT INTO job (organization_id, id, kind, key, state, due_at, attempts, last_error, payload, cause, "
        "created_at)"
        " VALUES ($1, $2, $3, $4, 'pending', $5, 0, NULL, $6, $7, $8)"
        " ON CONFLICT (organization_id, key) DO UPDATE SET kind = excluded.kind, state = 'pending',"
        " due_at = excluded.due_at, attempts = 0, last_error = NULL, payload = excluded.payload, cause = "
        "excluded.cause,"
        " created_at = excluded.created_at, is_outside = FALSE, target = NULL, leased_by = NULL",
        tx.organization(), tx.new_id<JobId>(), kind, key, due, payload, tx.caller().cause, tx.now());
    tx.alarm(due);
}

void schedule_outside(WriteTx& tx, const OutsideJob& job, Known known) {
    // The row that is kept is updated all the same: that locks it, so that whoever removes it now sees why it should
    // not.
    tx.defer(
        "INSERT INTO job (organization_id, id, kind, key, state, due_at, attempts, last_error, payload, cause,"
        " created_at, is_outside, target, leased_by)"
        " VALUES ($1, $2, $3, $4, 'pending', $5, 0, NULL, $6, $7, $8, TRUE, $9, NULL)"
        " ON CONFLICT (organization_id, key) DO UPDATE SET kind = excluded.kind, state = 'pending',"
        " due_at = CASE WHEN job.state = 'pending' AND ($10 OR job.leased_by IS NOT NULL) THEN job.due_at"
        " ELSE excluded.due_at END,"
        " attempts = CASE WHEN job.state = 'pending' THEN job.attempts ELSE 0 END,"
        " last_error = CASE WHEN job.state = 'pending' THEN job.last_error END,"
        " payload = excluded.payload, target = excluded.target",
        tx.organization(), tx.new_id<JobId>(), job.kind, job.key, job.due, job.payload, tx.caller().cause, tx.now(),
        job.target, known == Known::kept);
    tx.alarm(job.due);
}

void cancel(WriteTx& tx, std::string_view key) {
    tx.defer(
        "DELETE FROM job WHERE organization_id = $1 AND id IN (SELECT id FROM job WHERE organization_id = $1"
        " AND key = $2 {skip_locked})",
        tx.organization(), key);
}

void cancel_all(WriteTx& tx, const std::vector<std::string>& keys) {
    if (keys.empty()) return;
    Query query("DELETE FROM job WHERE organization_id = ");
    query.add("", tx.organization())
        .add(" AND id IN (SELECT id FROM job WHERE organization_id = ", tx.organization())
        .add_list(" AND key IN", keys)
        .add(" {skip_locked})");
    tx.defer(query);
}

std::vector<Job> list(ReadTx& tx, std::optional<JobState> state, std::int64_t limit) {
    std::vector<Job> jobs;
    if (state.value_or(JobState::failed) == JobState::failed) {
        jobs = tx.all<Job>(
            "SELECT {columns} FROM job WHERE organization_id = $1 AND state = 'failed' ORDER BY due_at, id LIMIT $2",
            tx.organization(), limit);
    }
    if (state.value_or(JobState::pending) != JobState::pending) return jobs;
    std::vector<Job> pending;
    for (const bool outside : {false, true}) {  // each in the order of the index
        std::ranges::move(tx.all<Job>("SELECT {columns} FROM job WHERE organization_id = $1 AND is_outside = $2"
                                      " AND state = 'pending' ORDER BY due_at, id LIMIT $3",
                                      tx.organization(), outside, limit),
                          std::back_inserter(pending));
    }
    std::ranges::sort(pending, {}, [](const Job& job) { return std::pair(job.due_at, job.id); });
    std::ranges::move(pending, std::back_inserter(jobs));
    if (std::ssize(jobs) > limit) jobs.resize(static_cast<std::size_t>(limit));
    return jobs;
}

Job lock(WriteTx& tx, const JobId& id) {
    auto job = tx.first<Job>("SELECT {columns} FROM job WHERE organization_id = $1 AND id = $2 {for_update}",
                             tx.organization(), id);
    if (!job) throw not_found("job", id.value);
    return *std::move(job);
}

void remove(WriteTx& tx, const JobId& id) {
    tx.defer("DELETE FROM job WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

Job retry(WriteTx& tx, Job job) {
    job.state = JobState::pending;
    job.due_at = tx.now();
    job.attempts = 0;
    job.last_error.reset();
    tx.update("job", job);
    tx.alarm(job.due_at);
    return job;
}

std::vector<Job> claim(WriteTx& tx, std::int64_t limit) {
    auto jobs = tx.all<Job>(
        "DELETE FROM job WHERE organization_id = $1 AND id IN (SELECT id FROM job WHERE organization_id = $1"
        " AND is_outside = FALSE AND state = 'pending' AND due_at <= $2 ORDER BY due_at, id LIMIT $3 {skip_locked})"
        " RETURNING {columns}",
        tx.organization(), tx.now(), limit);
    std::ranges::sort(jobs, {}, [](const Job& job) { return std::pair(job.due_at, job.id); });
    return jobs;
}

std::vector<Job> claim_one(WriteTx& tx, const JobId& id) {
    return tx.all<Job>(
        "DELETE FROM job WHERE organization_id = $1 AND id = $2 AND state = 'pending' AND due_at <= $3"
        " RETURNING {columns}",
        tx.organization(), id, tx.now());
}

void note_failure(WriteTx& tx, const JobId& id, std::string_view error, std::optional<Time> again) {
    tx.defer(
        "UPDATE job SET state = $3, due_at = $4, attempts = attempts + 1, last_error = $5"
        " WHERE organization_id = $1 AND id = $2",
        tx.organization(), id, again ? JobState::pending : JobState::failed, again.value_or(tx.now()), error);
    if (again) tx.alarm(*again);
}

std::vector<Job> lease(WriteTx& tx, const Lease& lease, std::int64_t limit, const Busy& busy,
                       const WithoutPlace& without_place) {
    Query query("SELECT {columns} FROM job WHERE organization_id = ");
    query.add("", tx.organization()).add(" AND is_outside = TRUE AND state = 'pending' AND due_at <= ", tx.now());
    if (!busy.targets.empty()) query.add_list(" AND target NOT IN", busy.targets);
    if (!busy.kinds.empty()) query.add_list(" AND kind NOT IN", busy.kinds);
    // Of a target with one at a time only the first: the one that is leased already, or else the oldest, also while it
    // rests until a later attempt.
    query
        .add(
            " AND NOT EXISTS (SELECT 1 FROM job AS other WHERE other.state = 'pending'"
            " AND substr(other.target, 1, 4) = 'one:' AND other.target = job.target"
            " AND (other.leased_by IS NULL, other.id) < (job.leased_by IS NULL, job.id)"
            " AND other.organization_id = ",
            tx.organization())
        .add(")");
    query.add(" ORDER BY due_at, id LIMIT ", limit).add(" {skip_locked}");
    auto jobs = tx.all<Job>(query);
    if (without_place) {
        const auto left_over = without_place(jobs);
        std::erase_if(jobs, [&](const Job& job) { return contains(left_over, job.id); });
    }
    std::vector<JobId> ids;
    for (const auto& job : jobs) ids.push_back(job.id);
    if (!ids.empty()) hold(tx, ids, lease);
    return jobs;
}

void extend(WriteTx& tx, const std::vector<JobId>& ids, const Lease& lease) {
    Query query("UPDATE job SET due_at = ");
    query.add("", lease.until)
        .add(" WHERE organization_id = ", tx.organization())
        .add(" AND leased_by = ", lease.attempt)
        .add_list(" AND id IN", ids);
    tx.defer(query);
}

void give_back(WriteTx& tx, const std::vector<JobId>& ids, std::string_view attempt) {
    // The lease took the place of the due time. Those that were asked for first are done first, also before others that
    // are due since and were not leased.
    Query query("UPDATE job SET leased_by = NULL, due_at = created_at WHERE organization_id = ");
    query.add("", tx.organization()).add(" AND leased_by = ", attempt).add_list(" AND id IN", ids);
    tx.defer(query);
    tx.alarm(tx.now());
}

bool holds(WriteTx& tx, const JobId& id, std::string_view attempt) {
    return tx
        .first<JobId>("SELECT id FROM job WHERE organization_id = $1 AND id = $2 AND leased_by = $3 {for_update}",
                      tx.organization(), id, attempt)
        .has_value();
}

void settle(WriteTx& tx, const JobId& id, const Settlement& settlement) {
    if (settlement.kind == Settlement::Kind::done) return remove(tx, id);
    const bool again = settlement.kind == Settlement::Kind::again;
    tx.defer(
        "UPDATE job SET state = $3, due_at = $4, attempts = $5, last_error = $6, leased_by = NULL"
        " WHERE organization_id = $1 AND id = $2",
        tx.organization(), id, again ? JobState::pending : JobState::failed, again ? settlement.again : tx.now(),
        settlement.attempts, settlement.error);
    if (again) tx.alarm(settlement.again);
}

std::int64_t erase_failed(WriteTx& tx, Time before, std::int64_t limit) {
    return tx.run(
        "DELETE FROM job WHERE organization_id = $1 AND id IN (SELECT id FROM job WHERE organization_id = $1"
        " AND state = 'failed' AND due_at < $2 ORDER BY due_at, id LIMIT $3 {skip_locked})",
        tx.organization(), before, limit);
}

std::int64_t count_all(ReadTx& tx, JobState state) {
    return tx.one<std::int64_t>("SELECT count(*) FROM job WHERE state = $1", state);
}

// Both walk from organization to organization along the index, so their cost grows with the organizations that have
// jobs, not with the jobs. Neither counts what waits behind the first of its target: when that one rests until a later
// attempt, the runner has nothing to look for before then.
std::vector<OrganizationId> organizations_due(ReadTx& tx, Where where) {
    return tx.all<OrganizationId>(
        "WITH RECURSIVE waiting (id) AS (SELECT min(organization_id) FROM job WHERE state = 'pending'"
        " UNION ALL SELECT (SELECT min(job.organization_id) FROM job WHERE state = 'pending'"
        " AND job.organization_id > waiting.id) FROM waiting WHERE waiting.id IS NOT NULL)"
        " SELECT id FROM waiting WHERE id IS NOT NULL AND (SELECT job.due_at FROM job WHERE job.state = 'pending'"
        " AND job.organization_id = waiting.id AND job.is_outside = $2"
        " AND NOT EXISTS (SELECT 1 FROM job AS other WHERE other.state = 'pending'"
        " AND substr(other.target, 1, 4) = 'one:' AND other.target = job.target"
        " AND (other.leased_by IS NULL, other.id) < (job.leased_by IS NULL, job.id)"
        " AND other.organization_id = waiting.id) ORDER BY job.due_at, job.id LIMIT 1) <= $1 ORDER BY id",
        tx.now(), where == Where::outside);
}

std::optional<Time> earliest_due(ReadTx& tx, Where where) {
    return tx.one<std::optional<Time>>(
        "WITH RECURSIVE waiting (id) AS (SELECT min(organization_id) FROM job WHERE state = 'pending'"
        " UNION ALL SELECT (SELECT min(job.organization_id) FROM job WHERE state = 'pending'"
        " AND job.organization_id > waiting.id) FROM waiting WHERE waiting.id IS NOT NULL)"
        " SELECT min((SELECT job.due_at FROM job WHERE job.state = 'pending' AND job.organization_id = waiting.id"
        " AND job.is_outside = $1 AND NOT EXISTS (SELECT 1 FROM job AS other WHERE other.state = 'pending'"
        " AND substr(other.target, 1, 4) = 'one:' AND other.target = job.target"
        " AND (other.leased_by IS NULL, other.id) < (job.leased_by IS NULL, job.id)"
        " AND other.organization_id = waiting.id) ORDER BY job.due_at, job.id LIMIT 1))"
        " FROM waiting WHERE id IS NOT NULL",
        where == Where::outside);
}

}  // namespace etapa::jobs
