#include "crm/placements/view.hpp"

#include "crm/agents/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/steps/store.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace etapa::placements {
namespace {

// Each identity that the rows name, once.
template <class Identity, class Row, class Member>
std::vector<Identity> named_by(const std::vector<Row>& rows, Member member) {
    std::set<Identity> ids;
    for (const auto& row : rows) {
        if (const std::optional<Identity> id = std::invoke(member, row)) ids.insert(*id);
    }
    return {ids.begin(), ids.end()};
}

// The row with this identity, if there is one.
template <class Row, class Identity, class Member>
const Row* find_in(const std::vector<Row>& rows, const std::optional<Identity>& id, Member member) {
    const auto found = std::ranges::find(rows, id, member);
    return found == rows.end() ? nullptr : &*found;
}

ConversationBrief brief_of(const Conversation& conversation, const std::vector<AgentBrief>& agents,
                           const std::map<ContactId, Contact>& contacts) {
    ConversationBrief brief;
    brief.id = conversation.id;
    brief.channel = conversation.channel;
    brief.status = conversation.status;
    brief.priority = conversation.priority;
    if (const auto* agent = find_in(agents, conversation.agent_id, &AgentBrief::id)) brief.agent = *agent;
    if (conversation.visitor_id) brief.participants_visitors.push_back({*conversation.visitor_id});
    if (conversation.contact_id && contacts.contains(*conversation.contact_id)) {
        const auto& contact = contacts.at(*conversation.contact_id);
        brief.participants_contacts.push_back(
            {contact.id, contact.first_name, contact.last_name, contact.email, contact.phone_number});
    }
    brief.visitor_id_field = conversation.visitor_id;
    brief.ai_user_identifier = conversation.ai_user_identifier;
    return brief;
}

}  // namespace

std::vector<PlacementView> views(ReadTx& tx, std::vector<Placement> placements) {
    const auto conversations =
        conversations::find_all(tx, named_by<ConversationId>(placements, &Placement::conversation_id));
    const auto agents = agents::briefs(tx, named_by<AgentId>(conversations, &Conversation::agent_id));
    const auto contacts = contacts::find_holders(tx, named_by<ContactId>(conversations, &Conversation::contact_id));
    const auto steps = steps::views(tx, steps::find_all(tx, named_by<StepId>(placements, &Placement::step_id)));
    std::vector<PlacementView> views;
    for (auto& placement : placements) {
        PlacementView view;
        const auto* conversation = find_in(conversations, std::optional(placement.conversation_id), &Conversation::id);
        ensure(conversation != nullptr, "a placement goes with its conversation");
        view.conversation = brief_of(*conversation, agents, contacts);
        const auto id_of = [](const StepView& one) { return one.step.id; };
        if (const auto* step = find_in(steps, placement.step_id, id_of)) view.step = *step;
        if (!view.step || !steps::keeps_timer(view.step->step, placement.entered_at)) placement.due_at.reset();
        view.placement = std::move(placement);
        views.push_back(std::move(view));
    }
    return views;
}

}  // namespace etapa::placements
