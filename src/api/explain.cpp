// Why a conversation is where it is (R114).
#include "api/resources.hpp"
#include "crm/conversations/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/assign.hpp"
#include "flow/triggers/trigger.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

// One visit, with what decided it.
struct ExplainedStay {
    Stay stay;
    std::string rule;
    std::optional<flow::AssigneeChoice> assignment;
    std::optional<flow::Judgement> trigger;

    static consteval auto fields() {
        return describe(spread(&ExplainedStay::stay),
                        field("rule", &ExplainedStay::rule, "What makes a conversation enter for this cause."),
                        field("assignment", &ExplainedStay::assignment, "Whom the step chose, and from whom."),
                        field("trigger", &ExplainedStay::trigger, "The judgement that moved the conversation here."));
    }
};

struct Explanation {
    static constexpr bool many_rows = true;
    ConversationId conversation_id;
    std::optional<Placement> placement;
    std::optional<std::string> step_name;
    std::string sentence;
    std::optional<flow::Judgement> last_judgement;
    std::vector<ExplainedStay> stays;

    static constexpr std::string_view schema_name = "Explanation";
    static consteval auto fields() {
        return describe(field("conversationId", &Explanation::conversation_id, "The conversation."),
                        field("placement", &Explanation::placement, "Where it is active; null: in no scenario."),
                        field("stepName", &Explanation::step_name, "Name of the step that it is in."),
                        field("sentence", &Explanation::sentence, "Where it is, why, and what comes next."),
                        field("lastJudgement", &Explanation::last_judgement,
                              "What was decided about the latest message that could have moved it; null: none could."),
                        field("stays", &Explanation::stays, "Its latest 100 visits and failures, newest first."));
    }
};

std::string_view rule_of(Cause cause) {
    switch (cause) {
        case Cause::entry: return "The agent's setting places new conversations here (R5).";
        case Cause::api_add: return "An API call placed the conversation here (R11).";
        case Cause::api_move: return "An API call moved the conversation here (R13).";
        case Cause::dispatch: return "A dispatch placed the conversation here (R7).";
        case Cause::person: return "A person moved the conversation here.";
        case Cause::trigger: return "The end user's message met the step's trigger (R36).";
        case Cause::timer: return "The time in the step before was over (R54).";
        case Cause::removal: return "The conversation was taken out of the scenario (R15).";
        case Cause::deletion: return "The step or scenario was deleted (R89).";
        case Cause::record: return "An API call wrote this row; it moved nothing (R102).";
    }
    return {};
}

ExplainedStay explained(Stay stay) {
    ExplainedStay one;
    one.rule = rule_of(stay.cause);
    if (stay.decision) one.assignment = db::from_json_text<flow::AssigneeChoice>(stay.decision->value);
    if (stay.judgement) one.trigger = db::from_json_text<flow::Judgement>(stay.judgement->value);
    one.stay = std::move(stay);
    return one;
}

std::string sentence_about(const Explanation& explanation) {
    if (!explanation.placement) return "The conversation is active in no scenario.";
    const auto active = std::ranges::find_if(explanation.stays, [&](const ExplainedStay& one) {
        return one.stay.id == explanation.placement->active_stay_id;
    });
    std::string sentence = "The conversation is in the step '" + explanation.step_name.value_or("") + "'.";
    if (active != explanation.stays.end()) sentence += ' ' + active->rule;
    if (explanation.placement->due_at) {
        sentence += " Its timer moves it on at " + to_iso8601(*explanation.placement->due_at) + '.';
    }
    return sentence;
}

Explanation explain_conversation(ReadTx& tx, const ConversationId& id) {
    constexpr std::int64_t stays_max = 100;
    Explanation explanation;
    explanation.conversation_id = conversations::get(tx, id).id;
    for (auto& placement : placements::of(tx, {id})) {
        if (placement.available) explanation.placement = std::move(placement);
    }
    if (auto& placement = explanation.placement) {
        const auto step = steps::get(tx, *placement->step_id);
        explanation.step_name = step.name.value;
        if (!steps::keeps_timer(step, placement->entered_at)) placement->due_at.reset();
        const auto& judgement = placement->last_judgement;
        if (judgement) explanation.last_judgement = db::from_json_text<flow::Judgement>(judgement->value);
    }
    stays::Filter filter;
    filter.conversation = id;
    for (auto& stay : stays::page(tx, filter, stays_max, 0)) explanation.stays.push_back(explained(std::move(stay)));
    explanation.sentence = sentence_about(explanation);
    return explanation;
}

}  // namespace

void explain(Router& router) {
    router.resource("Conversations");
    router.get("/conversations/{id}/explain", "Why a conversation is where it is", explain_conversation);
    router.get("/conversation/{id}/explain", "Why a conversation is where it is", explain_conversation);
}

}  // namespace etapa::api
