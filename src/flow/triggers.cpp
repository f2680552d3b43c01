#include "flow/triggers.hpp"

#include "base/ranges.hpp"
#include "crm/events/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/enter.hpp"
#include "flow/triggers/trigger.hpp"

#include <algorithm>

namespace etapa::flow {
namespace {

std::optional<Placement> active_placement(ReadTx& tx, const ConversationId& conversation) {
    for (auto& placement : placements::of(tx, {conversation})) {
        if (placement.available) return std::move(placement);
    }
    return std::nullopt;
}

// What lies behind it cannot be reached (R41).
std::optional<steps::Triggering> barrier_of(const std::vector<steps::Triggering>& steps, const Placement& placement,
                                            std::int64_t position) {
    for (const auto& step : steps) {
        const bool ahead = step.position > position;
        if (ahead && step.is_required && !contains(placement.visited_step_ids, step.id)) return step;
    }
    return std::nullopt;
}

// R36: not the current step, not the first, and with a trigger. Backward is free.
std::vector<TriggerCandidate> candidates_of(const std::vector<steps::Triggering>& steps, const StepId& current) {
    std::vector<TriggerCandidate> candidates;
    for (const auto& step : steps) {
        const bool waits = step.trigger && !is_blank(*step.trigger);
        if (waits && step.position != 0 && step.id != current) {
            candidates.push_back({step.id, step.name, step.position, *step.trigger});
        }
    }
    return candidates;
}

// A judgement has an event of its own, so that replay finds all that were asked, and what was answered.
void record(WriteTx& tx, const Placement& placement, const Judgement& judgement) {
    placements::note_judgement(tx, placement.id, JsonObject{json::to_text(judgement)});
    events::Members to = events::members_of(judgement);
    to.add("conversationId", placement.conversation_id).add("scenarioId", placement.scenario_id);
    events::publish(tx, "trigger.judged", "judgement:" + judgement.message_id.value, {}, to);
}

Judgement judged(const TriggerQuestion& question, const Placement& placement, const Message& message) {
    Judgement judgement;
    judgement.message_id = message.id;
    judgement.from_step_id = *placement.step_id;
    judgement.judge = trigger_judge().name;
    trigger_judge().judge(question, judgement);
    return judgement;
}

}  // namespace

void follow_triggers(WriteTx& tx, const Conversation& conversation, const Message& message) {
    if (!conversation.is_ai_enabled) return;
    const auto placement = active_placement(tx, conversation.id);
    if (!placement) return;
    const auto position = steps::get(tx, *placement->step_id).position;
    const auto steps = steps::triggering(tx, placement->scenario_id);
    const TriggerQuestion question{message.text, position, candidates_of(steps, *placement->step_id),
                                   barrier_of(steps, *placement, position)};
    if (question.candidates.empty()) return;
    const auto judgement = judged(question, *placement, message);
    record(tx, *placement, judgement);
    if (!judgement.chosen_step_id) return;
    const Entry entry{.conversation = conversation.id,
                      .target = *judgement.chosen_step_id,
                      .cause = Cause::trigger,
                      .from = From::inside,
                      .expected_entry_seq = placement->entry_seq,
                      .judgement = JsonObject{json::to_text(judgement)}};
    enter(tx, {&entry, 1});
}

}  // namespace etapa::flow
