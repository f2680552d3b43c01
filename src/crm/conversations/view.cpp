#include "crm/conversations/view.hpp"

#include "crm/agents/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/steps/store.hpp"
#include "crm/tags/store.hpp"
#include "crm/variables/store.hpp"

#include <functional>
#include <map>
#include <set>

namespace etapa::conversations {
namespace {

template <class Identity> std::vector<Identity> listed(const std::set<Identity>& ids) {
    return {ids.begin(), ids.end()};
}

// The rows by the identity that `key` reads from them.
template <class Row, class Key> auto keyed(std::vector<Row> rows, Key key) {
    std::map<std::decay_t<std::invoke_result_t<Key, Row&>>, Row> by_id;
    for (auto& row : rows) {
        auto id = std::invoke(key, row);
        by_id.emplace(std::move(id), std::move(row));
    }
    return by_id;
}

// Conversations on their way to being views: each function reads one kind of company for all of them.
class Page {
public:
    Page(ReadTx& tx, std::vector<Conversation> conversations) : tx_(tx), views_(conversations.size()) {
        for (std::size_t at = 0; at < conversations.size(); ++at) {
            ids_.push_back(conversations[at].id);
            by_id_.emplace(conversations[at].id, &views_[at]);
            views_[at].conversation = std::move(conversations[at]);
        }
    }

    // A deleted agent is nobody's agent, even while a job still clears its conversations.
    void forget_deleted_agents() {
        std::set<AgentId> ids;
        for (const auto& view : views_) {
            if (view.conversation.agent_id) ids.insert(*view.conversation.agent_id);
        }
        const auto agents = keyed(agents::briefs(tx_, listed(ids)), &AgentBrief::id);
        for (auto& view : views_) {
            auto& agent = view.conversation.agent_id;
            if (agent && !agents.contains(*agent)) agent.reset();
        }
    }

    void add_tags() {
        for (auto& row : tags::of(tx_, ids_)) of(row.conversation_id).tags.push_back({std::move(row.tag)});
    }

    void add_variables() {
        for (auto& row : variables::of(tx_, ids_)) of(row.conversation_id).conversation_variables.push_back(row);
    }

    void add_contacts() {
        std::set<ContactId> ids;
        for (const auto& view : views_) {
            if (view.conversation.contact_id) ids.insert(*view.conversation.contact_id);
        }
        auto holders = contacts::find_holders(tx_, listed(ids));
        for (auto& [id, contact] : holders) {
            if (!contact.first_name) contact.first_name.emplace();
        }
        for (auto& view : views_) {
            const auto& id = view.conversation.contact_id;
            if (id && holders.contains(*id)) view.participants_contacts.push_back(holders.at(*id));
        }
    }

    void add_assignees() {
        const auto assignments = people::assignments(tx_, ids_);
        std::set<MembershipId> ids;
        for (const auto& assignment : assignments) ids.insert(assignment.membership_id);
        const auto members = keyed(people::find_all(tx_, listed(ids)), &Membership::id);
        for (const auto& assignment : assignments) {
            const auto& member = members.at(assignment.membership_id);
            of(assignment.conversation_id).assignees.push_back({{member.user_id, member.name, member.email}});
        }
    }

    void add_placements() {
        auto placements = placements::of(tx_, ids_);
        std::set<StepId> step_ids;
        std::set<ScenarioId> scenario_ids;
        for (const auto& placement : placements) {
            if (placement.step_id) step_ids.insert(*placement.step_id);
            scenario_ids.insert(placement.scenario_id);
        }
        const auto steps = keyed(steps::views(tx_, steps::find_all(tx_, listed(step_ids))),
                                 [](const StepView& view) { return view.step.id; });
        const auto scenarios = keyed(scenarios::find_all(tx_, listed(scenario_ids)), &Scenario::id);
        for (auto& placement : placements) {
            EmbeddedPlacement embedded;
            embedded.scenario = scenarios.at(placement.scenario_id);
            if (placement.step_id) {
                const auto& step = steps.at(*placement.step_id);
                if (!steps::keeps_timer(step.step, placement.entered_at)) placement.due_at.reset();
                embedded.step = embed(step);
            }
            embedded.placement = std::move(placement);
            of(embedded.placement.conversation_id).crm_scenario_conversations.push_back(std::move(embedded));
        }
    }

    std::vector<ConversationView> take() { return std::move(views_); }

private:
    ConversationView& of(const ConversationId& id) { return *by_id_.at(id); }

    // Inside a conversation a step shows lists and choices that were never made as empty, not as null (API fact 2.1).
    static EmbeddedStep embed(StepView view) {
        EmbeddedStep embedded;
        auto& step = view.step;
        if (!step.assignee_logic_type) step.assignee_logic_type = AssigneeLogic::none;
        if (!step.selected_membership_ids_for_assignee) step.selected_membership_ids_for_assignee.emplace();
        if (!step.fallback_membership_ids) step.fallback_membership_ids.emplace();
        if (step.zapi) {
            embedded.flat.zapi_agent_id = step.zapi->agent_id;
            embedded.flat.zapi_phone_number = step.zapi->phone_number;
            embedded.flat.zapi_message = step.zapi->message;
        }
        if (step.whatsapp) {
            embedded.flat.whatsapp_template_agent_id = step.whatsapp->template_agent_id;
            embedded.flat.whatsapp_template_name = step.whatsapp->template_name;
            embedded.flat.whatsapp_template_language_code = step.whatsapp->template_language_code;
            embedded.flat.whatsapp_template_text = step.whatsapp->template_text;
        }
        embedded.step = std::move(view);
        return embedded;
    }

    ReadTx& tx_;
    std::vector<ConversationView> views_;
    std::vector<ConversationId> ids_;
    std::map<ConversationId, ConversationView*> by_id_;
};

}  // namespace

std::vector<ConversationView> views(ReadTx& tx, std::vector<Conversation> conversations) {
    Page page(tx, std::move(conversations));
    page.forget_deleted_agents();
    page.add_contacts();
    page.add_variables();
    page.add_assignees();
    page.add_tags();
    page.add_placements();
    return page.take();
}

ConversationView view(ReadTx& tx, Conversation conversation) {
    std::vector<Conversation> one;
    one.push_back(std::move(conversation));
    return std::move(views(tx, std::move(one)).front());
}

}  // namespace etapa::conversations
