// What is still to be done, and what could not be done.
#include "api/resources.hpp"
#include "crm/jobs/store.hpp"

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

Job retry_job(WriteTx& tx, const JobId& id) { return jobs::retry(tx, id); }

Job delete_job(WriteTx& tx, const JobId& id) {
    Job job = jobs::get(tx, id);
    jobs::remove(tx, id);
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
