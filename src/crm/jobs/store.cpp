#include "crm/jobs/store.hpp"

#include "base/problem.hpp"

#include <algorithm>
#include <utility>

namespace etapa::jobs {

void schedule(WriteTx& tx, std::string_view kind, std::string_view key, Time due, const JsonObject& payload) {
    tx.defer(
        "INSERT INTO job (organization_id, id, kind, key, state, due_at, attempts, last_error, payload, cause, "
        "created_at)"
        " VALUES ($1, $2, $3, $4, 'pending', $5, 0, NULL, $6, $7, $8)"
        " ON CONFLICT (organization_id, key) DO UPDATE SET kind = excluded.kind, state = 'pending',"
        " due_at = excluded.due_at, attempts = 0, last_error = NULL, payload = excluded.payload, cause = "
        "excluded.cause,"
        " created_at = excluded.created_at",
        tx.organization(), tx.new_id<JobId>(), kind, key, due, payload, tx.caller().cause, tx.now());
    tx.alarm(due);
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
    for (const auto listed : {JobState::failed, JobState::pending}) {
        if (state.value_or(listed) != listed) continue;
        Query query("SELECT {columns} FROM job WHERE organization_id = ");
        query.add("", tx.organization())
            .add(listed == JobState::failed ? Sql(" AND state = 'failed'") : Sql(" AND state = 'pending'"))
            .add(" ORDER BY due_at, id LIMIT ", limit - std::ssize(jobs));
        std::ranges::move(tx.all<Job>(query), std::back_inserter(jobs));
    }
    return jobs;
}

Job get(ReadTx& tx, const JobId& id) {
    auto job = tx.first<Job>("SELECT {columns} FROM job WHERE organization_id = $1 AND id = $2", tx.organization(), id);
    if (!job) throw not_found("job", id.value);
    return *std::move(job);
}

void remove(WriteTx& tx, const JobId& id) {
    tx.defer("DELETE FROM job WHERE organization_id = $1 AND id = $2", tx.organization(), id);
}

Job retry(WriteTx& tx, const JobId& id) {
    Job job = get(tx, id);
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
        " AND state = 'pending' AND due_at <= $2 ORDER BY due_at, id LIMIT $3 {skip_locked}) RETURNING {columns}",
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

std::int64_t count_all(ReadTx& tx, JobState state) {
    return tx.one<std::int64_t>("SELECT count(*) FROM job WHERE state = $1", state);
}

// Both walk from organization to organization along the index, so their cost grows with the organizations that have
// jobs, not with the jobs.
std::vector<OrganizationId> organizations_due(ReadTx& tx) {
    return tx.all<OrganizationId>(
        "WITH RECURSIVE waiting (id) AS (SELECT min(organization_id) FROM job WHERE state = 'pending'"
        " UNION ALL SELECT (SELECT min(job.organization_id) FROM job WHERE state = 'pending'"
        " AND job.organization_id > waiting.id) FROM waiting WHERE waiting.id IS NOT NULL)"
        " SELECT id FROM waiting WHERE id IS NOT NULL AND (SELECT min(due_at) FROM job WHERE state = 'pending'"
        " AND organization_id = waiting.id) <= $1",
        tx.now());
}

std::optional<Time> earliest_due(ReadTx& tx) {
    return tx.one<std::optional<Time>>(
        "WITH RECURSIVE waiting (id) AS (SELECT min(organization_id) FROM job WHERE state = 'pending'"
        " UNION ALL SELECT (SELECT min(job.organization_id) FROM job WHERE state = 'pending'"
        " AND job.organization_id > waiting.id) FROM waiting WHERE waiting.id IS NOT NULL)"
        " SELECT min((SELECT min(due_at) FROM job WHERE state = 'pending' AND organization_id = waiting.id))"
        " FROM waiting WHERE id IS NOT NULL");
}

}  // namespace etapa::jobs
