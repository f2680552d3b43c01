#pragma once
// A stay is one visit of a conversation to a step; the API calls it a CRM conversation log (R99). It also keeps why the
// conversation came, for people who ask later (R105, R114). Fields: API fact 2.5.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <vector>

namespace etapa {

enum class StayStatus : std::uint8_t { inactive, active, error };
constexpr auto names(StayStatus) { return std::to_array<std::string_view>({"inactive", "active", "error"}); }

// What made a conversation enter a step or leave a scenario (R105). `record` marks a row written through the API
// (R102).
enum class Cause : std::uint8_t {
    entry,
    api_add,
    api_move,
    dispatch,
    person,
    trigger,
    timer,
    removal,
    deletion,
    record
};
constexpr auto names(Cause) {
    return std::to_array<std::string_view>(
        {"entry", "api_add", "api_move", "dispatch", "person", "trigger", "timer", "removal", "deletion", "record"});
}

struct Stay {
    StayId id;
    OrganizationId organization_id;
    ConversationId conversation_id;
    ScenarioId scenario_id;
    StepId step_id;
    StayStatus status = StayStatus::active;
    Cause cause = Cause::record;
    ActorKind actor_kind = ActorKind::api;
    std::string actor_id;
    std::optional<StepId> from_step_id;
    std::int64_t entry_seq = 0;
    std::vector<StepId> skipped_step_ids;  // required steps that a person or the API jumped over (R42)
    std::optional<std::string> detail;     // a sentence; of an error row, what went wrong (R101)
    std::optional<JsonObject> decision;    // candidates and choice, for `explain`
    std::optional<JsonObject> judgement;   // of the message whose trigger caused the stay, for `explain`
    std::string scenario_name;             // snapshots: stays outlive steps and scenarios (R92)
    std::string step_name;
    std::int64_t step_index = 0;
    Time created_at;
    Time updated_at;
    std::optional<Time> ended_at;

    static consteval auto fields() {
        return describe(field("id", &Stay::id, "Identity of the stay."),
                        field("organizationId", &Stay::organization_id, "Organization."),
                        field("conversationId", &Stay::conversation_id, "The conversation."),
                        field("scenarioId", &Stay::scenario_id, "The scenario."),
                        field("stepId", &Stay::step_id, "The step."),
                        field("status", &Stay::status, "active: the current stay; inactive: ended; error: a failure."),
                        field("cause", &Stay::cause, "What made the conversation enter."),
                        field("actorKind", &Stay::actor_kind, "Who acted."),
                        field("actorId", &Stay::actor_id, "Key or membership that acted; empty for the engine."),
                        field("fromStepId", &Stay::from_step_id, "Step that the conversation came from."),
                        field("entrySeq", &Stay::entry_seq, "Number of the entry within the conversation."),
                        field("skippedStepIds", &Stay::skipped_step_ids, "Required steps that were skipped (R42)."),
                        field("detail", &Stay::detail, "A sentence about the entry or the failure."),
                        field("decision", &Stay::decision, "Candidates and choice.", internal),
                        field("judgement", &Stay::judgement, "Triggers that were judged.", internal),
                        field("scenarioName", &Stay::scenario_name, "Name of the scenario at the time."),
                        field("stepName", &Stay::step_name, "Name of the step at the time."),
                        field("stepIndex", &Stay::step_index, "Place of the step at the time."),
                        field("createdAt", &Stay::created_at, "When the stay began."),
                        field("updatedAt", &Stay::updated_at, "When the row last changed."),
                        field("endedAt", &Stay::ended_at, "When the stay ended."));
    }
};

}  // namespace etapa
