// What is still to be done, and what could not be done.
#include "api/resources.hpp"
#include "base/problem.hpp"
#include "crm/jobs/store.hpp"
#include "flow/give_up.hpp"

#include <utility>

namespace etapa::api {
namespace {

struct JobQuery {
    std::optional<JobState> state;
    AtMost<1'000> limit{100};

    static consteval auto fields() {
        return describe(field("state", &JobQuery::state, "Only in this state."),
                        field("limit", &JobQuery::limit, "Rows, at most 1,000; 100 unless told."));
    }
};

std::vector<Job> list_jobs(ReadTx& tx, const JobQuery& wanted) {
    return jobs::list(tx, wanted.state, wanted.limit.value);
}

// A second attempt beside the first would do the work twice.
Job lock_idle(WriteTx& tx, const JobId& id) {
    Job job = jobs::lock(tx, id);
    if (job.leased_by) throw conflict("The job is being done right now; try again when this attempt has ended.");
    return job;
}

// What waits for its time, a timer above all, is not done early.
Job retry_job(WriteTx& tx, const JobId& id) {
    Job job = lock_idle(tx, id);
    const bool waits_for_another_attempt = job.is_outside && job.attempts > 0;
    if (job.state != JobState::failed && !waits_for_another_attempt) {
        throw conflict("The job has not failed; it will be done when it is due.");
    }
    return jobs::retry(tx, std::move(job));
}

Job delete_job(WriteTx& tx, const JobId& id) {
    Job job = lock_idle(tx, id);
    flow::give_up(tx, job);
    return job;
}

}  // namespace

void jobs(Router& router) {
    router.resource("Jobs", "What is still to be done, and what could not be done.");
    router.get("/jobs", "List failed and pending jobs, soonest first", list_jobs);
    router.post("/jobs/{id}/retry", "Do a job now", retry_job);
    router.del("/jobs/{id}", "Give a job up", delete_job);
}

}  // namespace etapa::api
