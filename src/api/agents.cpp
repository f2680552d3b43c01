// The agents: who answers when no person does.
#include "api/references.hpp"
#include "api/resources.hpp"
#include "crm/agents/store.hpp"
#include "crm/agents/tools.hpp"
#include "crm/events/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/webhooks/store.hpp"
#include "flow/clear.hpp"
#include "flow/notify_agent.hpp"

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

// An agent is asked for by its id or as `@handle`.
AgentId resolve(ReadTx& tx, const AgentId& id_or_handle) {
    const std::string_view text = id_or_handle.text();
    if (!text.starts_with('@')) return id_or_handle;
    const auto handle = Handle::parse(text.substr(1));
    const auto agent = handle ? agents::find_by_handle(tx, *handle) : std::nullopt;
    return agent ? agent->id : id_or_handle;
}

// An agent that has a receiver is told about the events from now on.
void follow_events(WriteTx& tx, const Agent& agent) {
    if (flow::receiver_of(agent)) webhooks::follow_events(tx);
}

void check_receiver(const Agent& agent, const Outbound& outbound, BadFields& bad) {
    const auto receiver = flow::receiver_of(agent);
    if (!receiver) return;
    const auto url = Url::parse(receiver->url);
    const std::string path = "configUrlInfosSystemExternal.url_webhook_external";
    if (!url) return bad.add(path, url.error());
    if (!outbound.permits(*url)) bad.add(path, std::string(not_permitted));
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
    check_receiver(agent, outbound, bad);
    check(tx, agent, bad);
    agent = agents::insert(tx, agent);
    follow_events(tx, agent);
    events::publish_created(tx, "agent.created", agent);
    return agent;
}

Agent read_agent(ReadTx& tx, const AgentId& id_or_handle) { return agents::get(tx, resolve(tx, id_or_handle)); }

Agent update_agent(WriteTx& tx, const AgentId& id_or_handle, const Patch<Agent>& patch, const Outbound& outbound) {
    const Agent before = agents::lock(tx, resolve(tx, id_or_handle));
    Agent agent = patch.applied_to(before);
    BadFields bad = patch.bad();
    agent.tools = agents::merged_tools(tx, before.tools, agent.tools, bad);
    if (patch.named().has("configUrlInfosSystemExternal")) check_receiver(agent, outbound, bad);
    check(tx, agent, bad);
    if (events::publish_changed(tx, "agent.changed", before, agent)) {
        agent.updated_at = time_of_change(before.updated_at, tx.now());
        agents::save(tx, agent);
        follow_events(tx, agent);
    }
    return agent;
}

// R93. What names the agent beyond the settings of steps may be many rows: a job clears them.
Agent delete_agent(WriteTx& tx, const AgentId& id_or_handle) {
    Agent agent = agents::lock(tx, resolve(tx, id_or_handle));
    agent.deleted_at = tx.now();
    agents::save(tx, agent);
    forget_agent(tx, agent.id);
    events::publish_deleted(tx, "agent.deleted", agent);
    flow::clear(tx, flow::Cleared::agent, agent.id.value);
    return agent;
}

}  // namespace

void agents(Router& router) {
    router.resource("Agents", "Who answers when no person does: a model, a prompt and tools.");
    router.get("/agents", "List the agents, newest first", list_agents);
    router.post("/agents", "Create an agent", create_agent);
    router.get("/agents/{id}", "Show an agent, by id or @handle", read_agent);
    router.patch("/agents/{id}", "Change an agent", update_agent);
    router.del("/agents/{id}", "Delete an agent", delete_agent);
}

}  // namespace etapa::api
