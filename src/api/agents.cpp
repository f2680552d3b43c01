// The agents: who answers when no person does.
#include "api/references.hpp"
#include "api/resources.hpp"
#include "crm/agents/store.hpp"
#include "crm/agents/tools.hpp"
#include "crm/channels/store.hpp"
#include "crm/events/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/steps/store.hpp"
#include "crm/webhooks/store.hpp"
#include "flow/clear.hpp"
#include "flow/deliver.hpp"
#include "flow/notify_agent.hpp"

#include <boost/json/parse.hpp>

namespace etapa::api {
namespace {

struct AgentPage {  // the query string of GET /agents
    AtMost<1'000> limit;
    Within<0, 1'000'000'000> offset;

    static consteval auto fields() {
        return describe(field("limit", &AgentPage::limit, "How many agents at most."),
                        field("offset", &AgentPage::offset, "How many of the newest to leave out."));
    }
};

// An agent that has a receiver is told about the events from now on.
void follow_events(WriteTx& tx, const Agent& agent) {
    if (flow::receiver_of(agent)) webhooks::follow_events(tx);
}

// An address that stands among free data.
void check_address(const std::optional<JsonObject>& config, std::string_view name, std::string_view member,
                   const Outbound& outbound, BadFields& bad) {
    if (!config) return;
    const auto data = boost::json::parse(config->value);
    const auto* text = data.as_object().if_contains(member);
    if (text == nullptr || !text->is_string() || text->get_string().empty()) return;
    const auto path = std::string(name) + '.' + std::string(member);
    const auto url = Url::parse(std::string(text->get_string()));
    if (!url) return bad.add(path, url.error());
    if (!outbound.permits(*url)) bad.add(path, std::string(not_permitted));
}

// Judges only what the request named: what was stored before stays.
void check_addresses(const Agent& agent, const NamedMembers& named, const Outbound& outbound, BadFields& bad) {
    constexpr std::string_view about_users = "configUrlExternal";
    constexpr std::string_view about_events = "configUrlInfosSystemExternal";
    if (named.has(about_users)) check_address(agent.config_url_external, about_users, "url", outbound, bad);
    if (!named.has(about_events)) return;
    check_address(agent.config_url_infos_system_external, about_events, "url_webhook_external", outbound, bad);
}

// Refuses what cannot be stored: every bad member at once, or else a handle that another agent has.
void check(WriteTx& tx, const Agent& agent, BadFields& bad) {
    agents::check(agent, bad);
    bad.refuse();
    if (!agent.handle) return;
    organizations::lock(tx);  // so that two agents cannot take one handle at once
    const auto holder = agents::find_by_handle(tx, *agent.handle);
    if (holder && holder->id != agent.id) throw conflict("Another agent has the handle '" + agent.handle->value + "'.");
}

std::vector<Agent> list_agents(ReadTx& tx, const AgentPage& page) {
    return agents::list(tx, page.limit.value, page.offset.value);
}

Agent create_agent(WriteTx& tx, const New<Agent>& wanted, const Outbound& outbound) {
    Agent agent = wanted.entity();
    BadFields bad = wanted.bad();
    if (agent.name.value.empty()) agent.name = agents::friendly_name(tx.random());
    agent.tools = agents::merged_tools(tx, {}, agent.tools, bad);
    check_addresses(agent, wanted.named(), outbound, bad);
    check(tx, agent, bad);
    agent = agents::insert(tx, agent);
    follow_events(tx, agent);
    events::publish_created(tx, "agent.created", agent);
    return agent;
}

Agent read_agent(ReadTx& tx, const AgentId& id_or_handle) { return agents::get(tx, agents::resolve(tx, id_or_handle)); }

Agent update_agent(WriteTx& tx, const AgentId& id_or_handle, const Patch<Agent>& patch, const Outbound& outbound) {
    const Agent before = agents::lock(tx, agents::resolve(tx, id_or_handle));
    Agent agent = patch.applied_to(before);
    BadFields bad = patch.bad();
    agent.tools = agents::merged_tools(tx, before.tools, agent.tools, bad);
    check_addresses(agent, patch.named(), outbound, bad);
    check(tx, agent, bad);
    if (events::publish_changed(tx, "agent.changed", before, agent)) {
        agent.updated_at = time_of_change(before.updated_at, tx.now());
        agents::save(tx, agent);
        follow_events(tx, agent);
        const bool moved = flow::receiver_of(before) != flow::receiver_of(agent);
        if (moved) flow::ask_to_catch_up(tx, DeliverySource::agent, agent.id.value);
    }
    return agent;
}

// R93. What names the agent beyond the settings of steps may be many rows: a job clears them.
Agent delete_agent(WriteTx& tx, const AgentId& id_or_handle) {
    Agent agent = agents::lock(tx, agents::resolve(tx, id_or_handle));
    agent.deleted_at = tx.now();
    agents::save(tx, agent);
    forget_agent(tx, agent.id);
    connections::remove_all(tx, agent.id);
    events::publish_deleted(tx, "agent.deleted", agent);
    flow::clear(tx, flow::Cleared::agent, agent.id.value);
    return agent;
}

// What the setting leads to now: a step that is gone means the scenario's first, a scenario that is gone nothing (R9).
CrmConfig living(ReadTx& tx, CrmConfig config) {
    if (config.scenario_id && !scenarios::find(tx, *config.scenario_id)) return {};
    if (config.step_id && !steps::find(tx, *config.step_id)) config.step_id.reset();
    return config;
}

CrmConfig read_crm_config(ReadTx& tx, const AgentId& id_or_handle) {
    return living(tx, agents::crm_config(tx, agents::get(tx, agents::resolve(tx, id_or_handle)).id));
}

void check(ReadTx& tx, const CrmConfig& config, BadFields& bad) {
    if (config.scenario_id && !scenarios::find(tx, *config.scenario_id)) bad.add("scenarioId", "names no scenario");
    if (!config.step_id) return;
    const auto step = steps::find(tx, *config.step_id);
    if (!step) return bad.add("stepId", "names no step");
    if (step->scenario_id != config.scenario_id) bad.add("stepId", "is not a step of scenarioId");
}

// A null scenarioId takes the setting back.
CrmConfig set_crm_config(WriteTx& tx, const AgentId& id_or_handle, const New<CrmConfig>& body) {
    const Agent agent = agents::lock(tx, agents::resolve(tx, id_or_handle));
    const auto& config = body.entity();
    BadFields bad = body.bad();
    if (!body.named().has("scenarioId")) bad.add("scenarioId", "is required");
    check(tx, config, bad);
    bad.refuse();
    const auto before = agents::crm_config(tx, agent.id);
    agents::save_crm_config(tx, agent.id, config);
    if (before != config) {
        events::publish(tx, "agent.changed", agent.id.value, events::members_of(before), events::members_of(config));
    }
    return config;
}

}  // namespace

void agents(Router& router) {
    router.resource("Agents", "Who answers when no person does: a model, a prompt and tools.");
    router.get("/agents", "List the agents, newest first", list_agents);
    router.post("/agents", "Create an agent", create_agent);
    router.get("/agents/{id}", "Show an agent, by id or @handle", read_agent);
    router.patch("/agents/{id}", "Change an agent", update_agent);
    router.del("/agents/{id}", "Delete an agent", delete_agent);
    router.get("/agents/{id}/crm-config", "Show where new conversations of an agent enter", read_crm_config);
    router.post("/agents/{id}/crm-config", "Let new conversations of an agent enter a scenario", set_crm_config);
}

}  // namespace etapa::api
