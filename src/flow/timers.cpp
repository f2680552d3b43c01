#include "flow/timers.hpp"

#include "base/json_read.hpp"
#include "crm/conversations/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"

#include <algorithm>

namespace etapa::flow::timers {
namespace {

// A text that comes later than this would only confuse the customer (R58).
constexpr Duration message_late_max = seconds(24 * 3'600);

// What a timer needs to know when it fires.
struct TimerPayload {
    ConversationId conversation_id;
    PlacementId placement_id;
    std::int64_t entry_seq = 0;

    static consteval auto fields() {
        return describe(field("conversationId", &TimerPayload::conversation_id, "The conversation."),
                        field("placementId", &TimerPayload::placement_id, "The placement."),
                        field("entrySeq", &TimerPayload::entry_seq, "The entry that armed the timer."));
    }
};

// Each entry has a key of its own: who moves a conversation on while its timer fires on another node must not wait for
// that job, because whoever fires it waits for the conversation.
std::string key_of(const Placement& placement) {
    return "timer:" + placement.id.value + ':' + std::to_string(placement.entry_seq);
}

// A timer whose step and stay are still what they were when it was armed.
struct Due {
    TimerPayload payload;
    Time due_at;
    Placement placement;
    Step step;
};

std::vector<Due> still_valid(WriteTx& tx, std::span<const Job> jobs) {
    std::vector<TimerPayload> payloads;
    std::vector<ConversationId> conversations;
    for (const auto& job : jobs) {
        payloads.push_back(db::from_json_text<TimerPayload>(job.payload.value));
        conversations.push_back(payloads.back().conversation_id);
    }
    conversations::lock_all(tx, conversations);  // before anything else is read: moves of these wait from here on
    const auto placements = placements::of(tx, conversations);
    std::vector<StepId> step_ids;
    for (const auto& placement : placements) {
        if (placement.available) step_ids.push_back(*placement.step_id);
    }
    const auto steps = steps::find_all(tx, step_ids);
    std::vector<Due> due;
    for (std::size_t index = 0; index < jobs.size(); ++index) {
        const auto& payload = payloads[index];
        const auto placement = std::ranges::find(placements, payload.placement_id, &Placement::id);
        if (placement == placements.end() || !placement->available) continue;
        if (placement->entry_seq != payload.entry_seq) continue;
        const auto step = std::ranges::find(steps, *placement->step_id, &Step::id);
        if (step != steps.end()) due.push_back({payload, jobs[index].due_at, *placement, *step});
    }
    return due;
}

void arm(WriteTx& tx, const Placement& placement, Time due) {
    const TimerPayload payload{placement.conversation_id, placement.id, placement.entry_seq};
    jobs::schedule(tx, job_kind, key_of(placement), due, {json::to_text(payload)});
}

void begin_anew(WriteTx& tx, const Step& step, const ConversationId& conversation) {
    const auto after = steps::auto_next_after(step);
    const auto placement = placements::find(tx, step.scenario_id, conversation);
    if (!after || !placement || !placement->due_at) return;
    Placement waiting = *placement;
    waiting.due_at = tx.now() + *after;
    placements::save(tx, *placement, waiting);
    arm(tx, waiting, *waiting.due_at);
}

// The timer is over without a move.
void clear(WriteTx& tx, const Placement& placement) {
    Placement cleared = placement;
    cleared.due_at.reset();
    cleared.updated_at = tx.now();
    placements::save(tx, placement, cleared);
}

void record_missing_target(WriteTx& tx, const Due& due) {
    const auto conversation = conversations::find_all(tx, {due.payload.conversation_id});
    if (conversation.empty()) return;
    Arrival arrival;
    arrival.entry.cause = Cause::timer;
    arrival.conversation = conversation.front();
    arrival.placement = due.placement;
    arrival.target = due.step;
    arrival.scenario_name = scenarios::get(tx, due.step.scenario_id).name.value;
    record_failure(tx, arrival, "The timer was due, but the step that it leads to does not exist any more.");
}

}  // namespace

void start(WriteTx& tx, Arrival& arrival) {
    auto& placement = arrival.placement;
    placement.due_at.reset();
    const auto after = steps::auto_next_after(arrival.target);
    if (!after) return;
    if (placement.timer_hops >= hops_max) {
        record_failure(tx, arrival,
                       "Timers moved this conversation " + std::to_string(hops_max) +
                           " times in a row, so no further timer was armed (R57).");
        return;
    }
    placement.due_at = placement.entered_at + *after;
    arm(tx, placement, *placement.due_at);
}

void stop(WriteTx& tx, const Placement& placement) {
    if (placement.due_at) jobs::cancel(tx, key_of(placement));
}

void stop_all(WriteTx& tx, std::span<const Placement> placements) {
    std::vector<std::string> keys;
    for (const auto& placement : placements) {
        if (placement.due_at) keys.push_back(key_of(placement));
    }
    jobs::cancel_all(tx, keys);
}

void heard(WriteTx& tx, const ConversationId& conversation, Voice whose) {
    if (whose == Voice::end_user) placements::forget_timer_hops(tx, conversation);
    const auto step = steps::waiting_for_silence(tx, conversation);
    const bool counts =
        step && (whose == Voice::end_user || step->inactivity_condition_type == InactivityCondition::silence);
    if (counts) begin_anew(tx, *step, conversation);
}

void fire(WriteTx& tx, std::span<const Job> jobs) {
    const auto due = still_valid(tx, jobs);
    std::vector<Entry> entries;
    for (const auto& timer : due) {
        if (!steps::keeps_timer(timer.step, timer.placement.entered_at)) {
            clear(tx, timer.placement);
            continue;
        }
        const auto late = tx.now() - timer.due_at;
        entries.push_back({.conversation = timer.payload.conversation_id,
                           .target = *timer.step.auto_next_step_id,
                           .cause = Cause::timer,
                           .say = late > message_late_max ? Say::too_late : Say::by_cause,
                           .expected_entry_seq = timer.payload.entry_seq});
    }
    const auto entered = enter(tx, entries);
    for (std::size_t index = 0; index < entered.size(); ++index) {
        if (entered[index].outcome != Entered::Outcome::target_gone) continue;
        const auto timer = std::ranges::find_if(
            due, [&](const Due& one) { return one.payload.conversation_id == entries[index].conversation; });
        clear(tx, timer->placement);
        record_missing_target(tx, *timer);
    }
}

void abandon(WriteTx& tx, const Job& job) {
    for (const auto& timer : still_valid(tx, {&job, 1})) clear(tx, timer.placement);
}

}  // namespace etapa::flow::timers
