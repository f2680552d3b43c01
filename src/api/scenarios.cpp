// The scenarios, and what stands in them.
#include "api/precondition.hpp"
#include "api/resources.hpp"
#include "crm/events/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/placements/view.hpp"
#include "crm/scenarios/store.hpp"
#include "flow/clear.hpp"
#include "flow/enter.hpp"

#include <map>
#include <variant>

namespace etapa::api {
namespace {

struct WantedScenarios {  // the query string of GET /crm/scenario
    std::optional<AgentId> agent_id;

    static consteval auto fields() {
        return describe(field("agentId", &WantedScenarios::agent_id, "Only scenarios with a step of this agent."));
    }
};

struct ScenarioToDelete {
    ScenarioId id;

    static consteval auto fields() { return describe(field("id", &ScenarioToDelete::id, "What to delete.", required)); }
};

struct ScenarioUpdated {
    std::string message = "Scenario updated";
    Scenario scenario;

    static consteval auto fields() {
        return describe(field("message", &ScenarioUpdated::message, "What happened."),
                        field("scenario", &ScenarioUpdated::scenario, "The scenario as it is now."));
    }
};

struct ScenarioDeleted {
    std::string message = "Scenario deleted";
    Scenario scenario;
    std::string user;

    static consteval auto fields() {
        return describe(field("message", &ScenarioDeleted::message, "What happened."),
                        field("scenario", &ScenarioDeleted::scenario, "The scenario as it was."),
                        field("user", &ScenarioDeleted::user, "Empty: a key acted, which is no user (R107)."));
    }
};

struct WantedPlacements {  // the query string of GET /crm/scenario/{id}/conversation
    std::optional<StepId> step_id;
    Within<0, 1'000'000'000> page;
    AtMost<100> limit{25};
    bool is_count = false;
    bool show_inactive_conversations = false;

    static consteval auto fields() {
        return describe(
            field("stepId", &WantedPlacements::step_id, "Only this step."),
            field("page", &WantedPlacements::page, "Page, from 0."),
            field("limit", &WantedPlacements::limit, "Conversations on a page; 25 when absent, 100 at most."),
            field("isCount", &WantedPlacements::is_count,
                  "Count instead of listing: with stepId one number, else a number for each step that has any."),
            field("showInactiveConversations", &WantedPlacements::show_inactive_conversations,
                  "Also those that left the scenario."));
    }
};

struct Count {
    std::int64_t count = 0;

    static consteval auto fields() { return describe(field("count", &Count::count, "How many there are.")); }
};

using Listed = std::variant<std::vector<PlacementView>, Count, std::map<std::string, std::int64_t>>;

struct Unlinking {
    ConversationId conversation_id;

    static consteval auto fields() {
        return describe(field("conversationId", &Unlinking::conversation_id, "Conversation to take out.", required));
    }
};

struct Unlinked {
    std::string message = "Conversation successfully removed from scenario";

    static consteval auto fields() { return describe(field("message", &Unlinked::message, "What happened.")); }
};

std::vector<Scenario> list_scenarios(ReadTx& tx, const WantedScenarios& wanted) {
    return scenarios::list(tx, wanted.agent_id);
}

Scenario read_scenario(ReadTx& tx, const ScenarioId& id) { return scenarios::get(tx, id); }

Created<Scenario> create_scenario(WriteTx& tx, const New<Scenario>& wanted) {
    wanted.bad().refuse();
    const auto scenario = scenarios::append(tx, wanted.entity());
    events::publish_created(tx, "scenario.created", scenario);
    return {scenario};
}

Scenario patch_scenario(WriteTx& tx, const ScenarioId& id, const Patch<Scenario>& patch, const IfMatch& version) {
    auto before = scenarios::lock(tx, id);
    require_match(version, before.updated_at);
    patch.bad().refuse();
    auto scenario = patch.applied_to(before);
    if (!events::publish_changed(tx, "scenario.changed", before, scenario)) return before;
    scenario.updated_at = time_of_change(before.updated_at, tx.now());
    scenarios::save(tx, scenario);
    return scenario;
}

// Existing clients rely on the name being asked for here.
ScenarioUpdated update_scenario(WriteTx& tx, const Patch<Scenario>& patch, const IfMatch& version) {
    const auto id = patch.id<ScenarioId>();
    BadFields bad = patch.bad();
    if (!patch.named().has_value("name")) bad.add("name", "is required");
    scenarios::lock(tx, id);
    bad.refuse();
    ScenarioUpdated answer;
    answer.scenario = patch_scenario(tx, id, patch, version);
    return answer;
}

// R92. Whoever stands in the scenario may be many, so the rest is a job.
ScenarioDeleted delete_by_id(WriteTx& tx, const ScenarioId& id, const IfMatch& version) {
    ScenarioDeleted answer;
    answer.scenario = scenarios::lock(tx, id);
    require_match(version, answer.scenario.updated_at);
    scenarios::mark_deleted(tx, answer.scenario);
    events::publish_deleted(tx, "scenario.deleted", answer.scenario);
    flow::clear(tx, flow::Cleared::scenario, id.value);
    return answer;
}

ScenarioDeleted delete_scenario(WriteTx& tx, const ScenarioToDelete& wanted, const IfMatch& version) {
    return delete_by_id(tx, wanted.id, version);
}

// Newest first. The shape follows what is asked for (API fact 3.5).
Listed list_conversations(ReadTx& tx, const ScenarioId& id, const WantedPlacements& wanted) {
    using placements::Include;
    const auto scenario = scenarios::get(tx, id).id;
    const auto include = wanted.show_inactive_conversations ? Include::all : Include::available;
    if (wanted.is_count && wanted.step_id) return Count{placements::count(tx, scenario, wanted.step_id, include)};
    if (wanted.is_count) return placements::counts_by_step(tx, scenario, include);
    const auto offset = wanted.page.value * wanted.limit.value;
    return placements::views(tx, placements::page(tx, scenario, wanted.step_id, include, wanted.limit.value, offset));
}

// The link goes, the conversation stays as it is (R15).
Unlinked remove_conversation(WriteTx& tx, const ScenarioId& id, const Unlinking& wanted) {
    const auto placement = placements::find(tx, scenarios::get(tx, id).id, wanted.conversation_id);
    if (!placement) throw Problem(404, "not_found", "The conversation is not in this scenario.");
    if (placement->available) {
        flow::leave(tx, *placement);
    } else {
        flow::end_unseen(tx, placement->conversation_id);
        events::publish_deleted(tx, "placement.deleted", *placement);
    }
    placements::remove(tx, placement->id);
    return {};
}

}  // namespace

void scenarios(Router& router) {
    router.resource("Scenarios", "Pipelines, and the conversations in them.");
    router.get("/crm/scenario", "List the scenarios, oldest first", list_scenarios);
    router.post("/crm/scenario", "Create a scenario", create_scenario);
    router.put("/crm/scenario", "Change a scenario", update_scenario);
    router.del("/crm/scenario", "Delete a scenario with its steps", delete_scenario);
    router.get("/crm/scenario/{id}", "Show a scenario", read_scenario);
    router.patch("/crm/scenario/{id}", "Change a scenario", patch_scenario);
    router.del("/crm/scenario/{id}", "Delete a scenario with its steps", delete_by_id);
    router.get("/crm/scenario/{id}/conversation", "List or count the conversations in a scenario", list_conversations);
    router.del("/crm/scenario/{id}/conversation", "Take a conversation out of a scenario", remove_conversation);
}

}  // namespace etapa::api
