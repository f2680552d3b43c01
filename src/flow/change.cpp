#include "flow/change.hpp"

#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/people/load.hpp"
#include "flow/clear.hpp"

namespace etapa::flow {
namespace {

// Status and assignees are stored together, because both count in the loads of the holders.
bool hold(WriteTx& tx, const Conversation& before, ConversationStatus status,
          const std::optional<std::vector<MembershipId>>& wanted) {
    std::vector<MembershipId> held;
    for (auto& assignment : people::assignments(tx, {before.id})) held.push_back(std::move(assignment.membership_id));
    const auto& holders = wanted ? *wanted : held;
    people::Loads loads(tx, {});  // nobody is chosen, so no load has to be known
    people::hold(tx, loads, before, held, status, holders, people::Assigned::by_hand);
    if (holders == held) return false;
    events::Members from;
    events::Members to;
    from.add("assigneeMembershipIds", held);
    to.add("assigneeMembershipIds", holders);
    events::publish(tx, "conversation.changed", before.id.value, from, to);
    return true;
}

}  // namespace

bool change(WriteTx& tx, const Conversation& before, Conversation after,
            const std::optional<std::vector<MembershipId>>& assignees) {
    bool changed = events::publish_changed(tx, "conversation.changed", before, after);
    if (assignees || after.status != before.status) changed |= hold(tx, before, after.status, assignees);
    if (!changed) return false;
    after.updated_at = time_of_change(before.updated_at, tx.now());
    conversations::save(tx, after);
    return true;
}

void remove(WriteTx& tx, const Conversation& conversation) {
    hold(tx, conversation, conversation.status, std::vector<MembershipId>{});
    events::publish_deleted(tx, "conversation.deleted", conversation);
    conversations::bury(tx, conversation.id);
    clear(tx, Cleared::conversation, conversation.id.value);
}

}  // namespace etapa::flow
