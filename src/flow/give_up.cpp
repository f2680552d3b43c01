#include "flow/give_up.hpp"

#include "base/problem.hpp"
#include "crm/jobs/store.hpp"
#include "flow/clear.hpp"
#include "flow/deliver.hpp"
#include "flow/handover.hpp"
#include "flow/media.hpp"
#include "flow/timers.hpp"

namespace etapa::flow {
namespace {

// Without them what is deleted stays for ever, a webhook stays paused, or its deliveries wait for ever.
bool must_be_done(const Job& job) {
    return job.kind == deletion_job || job.kind == probe_job || job.kind == catch_up_job;
}

// What becomes of the job.
jobs::Settlement abandon(WriteTx& tx, const Job& job) {
    if (job.kind == deliver_job) return abandon_head(tx, db::from_json_text<deliveries::Lane>(job.payload.value));
    if (job.kind == timers::job_kind) timers::abandon(tx, job);
    if (job.kind == send_job_kind) abandon_message(tx, job);
    if (job.kind == media_job_kind) {
        note_media_failure(tx, db::from_json_text<MediaErrand>(job.payload.value), "somebody gave it up");
    }
    return {};
}

}  // namespace

void give_up(WriteTx& tx, const Job& job) {
    if (must_be_done(job)) {
        throw conflict("A job of the kind '" + job.kind + "' cannot be given up: something would stay half done.");
    }
    jobs::settle(tx, job.id, abandon(tx, job));
    tx.alarm(tx.now());  // whatever waited behind it may be next
}

}  // namespace etapa::flow
