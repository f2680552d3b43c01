#pragma once
// Auto-next: a conversation that has stayed in a step for the configured time moves on by itself (R47-R59).
//
// Entering a step stores the due time and a job `timer.fire` for the placement; leaving takes it back. When it is due,
// removing the job and moving the conversation are one transaction, so a timer fires exactly once.

#include "crm/jobs/job.hpp"
#include "flow/arrival.hpp"

#include <span>

namespace etapa::flow::timers {

inline constexpr std::string_view job_kind = "timer.fire";

// After this many timer moves in a row the engine stops arming (R57).
inline constexpr std::int64_t hops_max = 20;

// Arms the timer of a conversation that enters, if the step has one; sets `placement.due_at`. A loop of timers is cut
// here, with an error row.
void start(WriteTx& tx, Arrival& arrival);

// Takes back the timer of a placement.
void stop(WriteTx& tx, const Placement& placement);
void stop_all(WriteTx& tx, std::span<const Placement> placements);

// Somebody wrote in the conversation. After the end user, timer moves are no longer in a row (R57); and the timer of a
// step that waits for silence begins anew (R52).
enum class Voice : std::uint8_t { end_user, organization };
void heard(WriteTx& tx, const ConversationId& conversation, Voice whose);

// Moves the conversations of these jobs, which are due and were removed in this transaction (R54). A job whose
// placement has changed since is dropped; one whose target is gone leaves an error row.
void fire(WriteTx& tx, std::span<const Job> jobs);

// The timer of this job will not fire: whoever locked the job removes it.
void abandon(WriteTx& tx, const Job& job);

}  // namespace etapa::flow::timers
