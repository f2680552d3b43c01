// The steps of a scenario: the columns of the board.
#include "api/precondition.hpp"
#include "api/resources.hpp"
#include "crm/events/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/clear.hpp"
#include "flow/deliver.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

struct WantedSteps {  // the query string of GET /crm/step
    ScenarioId scenario_id;
    std::optional<AgentId> agent_id;

    static consteval auto fields() {
        return describe(field("scenarioId", &WantedSteps::scenario_id, "Scenario whose steps are wanted.", required),
                        field("agentId", &WantedSteps::agent_id, "Only the steps of this agent."));
    }
};

struct StepToDelete {
    StepId id;

    static consteval auto fields() { return describe(field("id", &StepToDelete::id, "What to delete.", required)); }
};

struct StepOrder {
    ScenarioId scenario_id;
    std::vector<StepId> step_ids;

    static constexpr std::string_view schema_name = "StepOrder";
    static consteval auto fields() {
        return describe(field("scenarioId", &StepOrder::scenario_id, "Scenario to put in order.", required),
                        field("stepIds", &StepOrder::step_ids, "All its steps, in the order wanted.", required));
    }
};

std::vector<StepView> list_steps(ReadTx& tx, const WantedSteps& wanted) {
    auto steps = steps::list(tx, scenarios::get(tx, wanted.scenario_id).id);
    if (wanted.agent_id) std::erase_if(steps, [&](const Step& step) { return step.agent_id != wanted.agent_id; });
    return steps::views(tx, std::move(steps));
}

StepView read_step(ReadTx& tx, const StepId& id) { return steps::view(tx, steps::get(tx, id)); }

// R31. Saved addresses are not resolved; the one that is connected to is judged again.
void check_webhook(const Step& step, const NamedMembers& named, const Outbound& outbound, BadFields& bad) {
    if (!named.has("webhookUrl") || !step.webhook_url || bad.names("webhookUrl")) return;
    if (!outbound.permits(*step.webhook_url)) bad.add("webhookUrl", std::string(not_permitted));
}

Created<StepView> create_step(WriteTx& tx, const New<Step>& wanted, const Outbound& outbound) {
    Step step = steps::normalized(wanted.entity());
    BadFields bad = wanted.bad();
    check_webhook(step, wanted.named(), outbound, bad);
    if (!step.scenario_id.empty()) scenarios::lock(tx, step.scenario_id);
    steps::check(tx, step, steps::Storing::created, wanted.named(), bad);
    bad.refuse();
    step = steps::append(tx, std::move(step));
    events::publish_created(tx, "step.created", step);
    return {steps::view(tx, std::move(step))};
}

// Stores a step and says what changed, unless nothing did.
Step store_changed(WriteTx& tx, const Step& before, Step step) {
    if (!events::publish_changed(tx, "step.changed", before, step)) return before;
    if (steps::allows_timers(before) && !steps::allows_timers(step)) {
        step.timers_ended_at = time_of_change(before.timers_ended_at.value_or(Time{}), tx.now());
    }
    step.updated_at = time_of_change(before.updated_at, tx.now());
    steps::save(tx, step);
    return step;
}

// The id travels in the body; absent members stay as they are, null clears them (R4, R47, R69). The scenario is locked
// so that the target step cannot be deleted meanwhile.
StepView update_step(WriteTx& tx, const Patch<Step>& patch, const IfMatch& version, const Outbound& outbound) {
    const auto id = patch.id<StepId>();
    if (!patch.any()) throw Problem(400, "nothing_to_change", "The body names nothing to change beside the id.");
    const Step before = steps::lock(tx, id);
    require_match(version, before.updated_at);
    scenarios::lock(tx, before.scenario_id);
    Step step = steps::normalized(patch.applied_to(before));
    BadFields bad = patch.bad();
    check_webhook(step, patch.named(), outbound, bad);
    steps::check(tx, step, steps::Storing::changed, patch.named(), bad);
    bad.refuse();
    step = store_changed(tx, before, std::move(step));
    const bool moved = step.webhook_url != before.webhook_url || step.webhook_header != before.webhook_header;
    if (moved) flow::ask_to_catch_up(tx, DeliverySource::step, id.value);
    return steps::view(tx, std::move(step));
}

// R89. Timers that aim at the step end with the pointers to it; whoever stands in it may be many, so the rest is a job.
StepView delete_step(WriteTx& tx, const StepToDelete& wanted, const IfMatch& version) {
    const Step step = steps::lock(tx, wanted.id);
    require_match(version, step.updated_at);
    scenarios::lock(tx, step.scenario_id);
    auto answer = steps::view(tx, step);
    steps::mark_deleted(tx, step);
    for (const auto& before : steps::list(tx, step.scenario_id)) {
        if (before.auto_next_step_id != step.id) continue;
        Step after = before;
        after.auto_next_step_id.reset();
        store_changed(tx, before, std::move(after));
    }
    events::publish_deleted(tx, "step.deleted", step);
    flow::clear(tx, flow::Cleared::step, step.id.value);
    return answer;
}

std::vector<StepId> ids_of(const std::vector<Step>& steps) {
    std::vector<StepId> ids;
    std::ranges::transform(steps, std::back_inserter(ids), &Step::id);
    return ids;
}

// R96: only the columns move. A list made from an older set of steps is refused.
std::vector<StepView> reorder_steps(WriteTx& tx, const StepOrder& wanted) {
    const auto scenario = scenarios::lock(tx, wanted.scenario_id);
    auto steps = steps::list(tx, scenario.id);
    const auto ids_before = ids_of(steps);
    if (!std::ranges::is_permutation(ids_before, wanted.step_ids)) {
        throw conflict("stepIds must hold every step of the scenario exactly once; read the steps again.");
    }
    if (ids_before == wanted.step_ids) return steps::views(tx, std::move(steps));
    for (auto& step : steps) {
        const auto place = std::ranges::find(wanted.step_ids, step.id) - wanted.step_ids.begin();
        if (step.position == place) continue;
        step.position = place;
        step.updated_at = time_of_change(step.updated_at, tx.now());
        steps::save(tx, step);
    }
    std::ranges::sort(steps, {}, &Step::position);
    events::Members from;
    events::Members to;
    from.add("stepIds", ids_before);
    to.add("stepIds", wanted.step_ids);
    events::publish(tx, "steps.reordered", scenario.id.value, from, to);
    return steps::views(tx, std::move(steps));
}

}  // namespace

void steps(Router& router) {
    router.resource("Steps", "The columns of a scenario: what entering one does, and what leads out of it.");
    router.get("/crm/step", "List the steps of a scenario, in order", list_steps);
    router.post("/crm/step", "Add a step at the end of a scenario", create_step);
    router.put("/crm/step", "Change a step", update_step);
    router.del("/crm/step", "Delete a step", delete_step);
    router.get("/crm/step/{id}", "Show a step", read_step);
    router.put("/crm/step/order", "Put the steps of a scenario in order", reorder_steps);
}

}  // namespace etapa::api
