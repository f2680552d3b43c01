#pragma once
// A placement puts one conversation into one scenario at one step. At most one placement of a conversation is available
// (I1); leaving a scenario keeps the placement, unavailable, so that coming back revives it (R11).

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <vector>

namespace etapa {

struct Placement {
    PlacementId id;
    OrganizationId organization_id;
    ScenarioId scenario_id;
    ConversationId conversation_id;
    std::optional<StepId> step_id;  // null when the step of an unavailable placement was deleted (R97)
    bool available = true;
    std::int64_t entry_seq = 0;  // the conversation's, at the latest entry here
    Time entered_at;
    std::optional<Time> due_at;                  // when the timer fires; fixed at entry (R53)
    std::optional<AgentId> responding_agent_id;  // an overlay over the conversation's own agent (R20)
    std::optional<StayId> active_stay_id;
    std::vector<StepId> visited_step_ids;      // of this stay in the scenario, for required steps (R41)
    std::int64_t timer_hops = 0;               // timer moves in a row, for the guard against loops (R57)
    std::optional<JsonObject> last_judgement;  // of the latest message about the triggers (R114)
    Time created_at;
    Time updated_at;

    static consteval auto fields() {
        return describe(
            field("id", &Placement::id, "Identity of the placement."),
            field("organizationId", &Placement::organization_id, "Organization."),
            field("scenarioId", &Placement::scenario_id, "The scenario."),
            field("conversationId", &Placement::conversation_id, "The conversation."),
            field("stepId", &Placement::step_id, "The step; null when it was deleted."),
            field("available", &Placement::available, "Whether the conversation is active in the scenario."),
            field("entrySeq", &Placement::entry_seq, "Number of the latest entry.", internal),
            field("enteredAt", &Placement::entered_at, "When the conversation entered the step."),
            field("dueAt", &Placement::due_at, "When the timer moves it on."),
            field("respondingAgentId", &Placement::responding_agent_id, "Agent that answers in place of its own."),
            field("activeStayId", &Placement::active_stay_id, "The current stay.", internal),
            field("visitedStepIds", &Placement::visited_step_ids, "Steps visited.", internal),
            field("timerHops", &Placement::timer_hops, "Timer moves in a row.", internal),
            field("lastJudgement", &Placement::last_judgement, "Latest judgement.", internal),
            field("createdAt", &Placement::created_at, "When it was first placed."),
            field("updatedAt", &Placement::updated_at, "When it was last changed."));
    }
};

}  // namespace etapa
