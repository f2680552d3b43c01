#include "flow/entrance.hpp"

#include "crm/agents/store.hpp"
#include "crm/events/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/enter.hpp"

namespace etapa::flow {
namespace {

// The configured step, or the scenario's first when that is gone or none was configured.
std::optional<StepId> target_of(ReadTx& tx, const ScenarioId& scenario, const std::optional<StepId>& wanted) {
    if (const auto step = wanted ? steps::find(tx, *wanted) : std::nullopt) {
        if (step->scenario_id == scenario) return step->id;
    }
    const auto first = steps::find_at(tx, scenario, 0);
    return first ? std::optional(first->id) : std::nullopt;
}

void record_nowhere(WriteTx& tx, const Conversation& conversation, const ScenarioId& scenario,
                    std::string_view reason) {
    events::Members to;
    to.add("conversationId", conversation.id).add("scenarioId", scenario).add("reason", reason);
    events::publish(tx, "entry.skipped", "entry:" + conversation.id.value, {}, to);
}

}  // namespace

bool enter_automatically(WriteTx& tx, const Conversation& conversation) {
    // Somebody placed it already (R7), or it is no conversation with a customer (R8).
    if (conversation.entry_seq > 0 || conversation.is_group || conversation.channel == Channel::dashboard) return false;
    if (!conversation.agent_id) return false;
    const auto config = agents::crm_config(tx, *conversation.agent_id);
    if (!config.scenario_id) return false;
    if (!scenarios::find(tx, *config.scenario_id)) {
        record_nowhere(tx, conversation, *config.scenario_id, "the scenario of the agent was deleted");
        return false;
    }
    const auto target = target_of(tx, *config.scenario_id, config.step_id);
    if (!target) {
        record_nowhere(tx, conversation, *config.scenario_id, "the scenario of the agent has no step");
        return false;
    }
    const Entry entry{.conversation = conversation.id, .target = *target, .cause = Cause::entry, .from = From::outside};
    return enter(tx, {&entry, 1}).front().outcome == Entered::Outcome::entered;
}

}  // namespace etapa::flow
