#pragma once
// What giving up a job means for the thing that it was for: nothing may wait for a job that is gone.

#include "crm/jobs/job.hpp"
#include "db/tx.hpp"

namespace etapa::flow {

// Removes a job that is locked, and that nobody is doing. A timer is disarmed; a message, a file and a delivery are
// marked as failed. What waits behind a delivery goes on, under the same job. Throws the 409 for kinds without which
// something would stay half done.
void give_up(WriteTx& tx, const Job& job);

}  // namespace etapa::flow
