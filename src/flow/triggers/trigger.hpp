#pragma once
// A judge reads what the end user wrote and says which of the candidate steps it calls for, or none. It moves nothing,
// and it can be replaced (R43); all.cpp says which one judges.

#include "base/fields.hpp"
#include "crm/ids.hpp"
#include "crm/steps/store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::flow {

// A step that the message may call for: in the same scenario, not the current one, not the first, and with a trigger
// (R36).
struct TriggerCandidate {
    StepId step_id;
    std::string name;
    std::int64_t position = 0;
    std::string trigger;
};

struct TriggerQuestion {
    std::string_view text;                     // of the end user
    std::int64_t position = 0;                 // of the step in which the conversation stands
    std::vector<TriggerCandidate> candidates;  // in index order
    // The first required step ahead that was not visited. What lies behind it is judged, but never chosen (R41).
    std::optional<steps::Triggering> barrier = {};
};

// A candidate as `explain` shows it.
struct JudgedCandidate {
    StepId step_id;
    std::string step_name;
    std::int64_t step_index = 0;
    std::optional<std::string> keyword;
    std::optional<StepId> behind_step_id;

    static constexpr std::string_view schema_name = "TriggerCandidate";
    static consteval auto fields() {
        return describe(field("stepId", &JudgedCandidate::step_id, "The step."),
                        field("stepName", &JudgedCandidate::step_name, "Its name at the time."),
                        field("stepIndex", &JudgedCandidate::step_index, "Its place at the time."),
                        field("keyword", &JudgedCandidate::keyword, "What was found in the message; null: nothing."),
                        field("behindStepId", &JudgedCandidate::behind_step_id,
                              "The required step that kept it out of reach (R41); null: it could be reached."));
    }
};

// What was decided about one message, and why; kept for `explain` and for replay (R114).
struct Judgement {
    MessageId message_id;
    StepId from_step_id;
    std::string judge;
    std::vector<JudgedCandidate> candidates;
    std::optional<StepId> chosen_step_id;
    std::string rule;

    static constexpr std::string_view schema_name = "TriggerJudgement";
    static consteval auto fields() {
        return describe(field("messageId", &Judgement::message_id, "The end user's message."),
                        field("fromStepId", &Judgement::from_step_id, "Where the conversation stood."),
                        field("judge", &Judgement::judge, "Who judged."),
                        field("candidates", &Judgement::candidates, "The steps that have a trigger, in order."),
                        field("chosenStepId", &Judgement::chosen_step_id, "Where it moved; null: it stayed."),
                        field("rule", &Judgement::rule, "Why."));
    }
};

struct TriggerJudge {
    std::string_view name;
    // Fills in candidates, choice and rule.
    void (*judge)(const TriggerQuestion& question, Judgement& judgement);
};

const TriggerJudge& trigger_judge();

}  // namespace etapa::flow
