#include "crm/people/load.hpp"

#include "base/ranges.hpp"

#include <set>
#include <tuple>

namespace etapa::people {
namespace {

std::int64_t counted(bool holds, ConversationStatus status) {
    return holds && status != ConversationStatus::resolved ? 1 : 0;
}

void store_assignment(WriteTx& tx, const ConversationId& conversation, const MembershipId& member, bool holds) {
    if (holds) {
        tx.defer(
            "INSERT INTO conversation_assignee (organization_id, conversation_id, membership_id, created_at)"
            " VALUES ($1, $2, $3, $4)",
            tx.organization(), conversation, member, tx.now());
    } else {
        tx.defer(
            "DELETE FROM conversation_assignee"
            " WHERE organization_id = $1 AND conversation_id = $2 AND membership_id = $3",
            tx.organization(), conversation, member);
    }
}

void store_load(WriteTx& tx, const MembershipId& member, std::int64_t difference, std::optional<Time> assigned_at) {
    tx.defer(
        "UPDATE member_load SET open = open + $3, last_assigned_at = coalesce($4, last_assigned_at)"
        " WHERE organization_id = $1 AND membership_id = $2",
        tx.organization(), member, difference, assigned_at);
}

}  // namespace

std::vector<Assignment> assignments(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    if (conversations.empty()) return {};
    return assignments_later(tx, conversations).take();
}

Later<Assignment> assignments_later(ReadTx& tx, const std::vector<ConversationId>& conversations) {
    Query query(
        "SELECT assignee.conversation_id, assignee.membership_id FROM conversation_assignee AS assignee"
        " JOIN membership ON membership.organization_id = assignee.organization_id"
        " AND membership.id = assignee.membership_id AND membership.deleted_at IS NULL");
    query.add(" WHERE assignee.organization_id = ", tx.organization())
        .add_list(" AND assignee.conversation_id IN", conversations)
        .add(" ORDER BY assignee.conversation_id, assignee.created_at, assignee.membership_id");
    return tx.later<Assignment>(query);
}

Loads::Loads(WriteTx& tx, const std::vector<MembershipId>& members) {
    if (!members.empty()) keep(ask(tx, members));
}

Later<Loads::Row> Loads::ask(WriteTx& tx, const std::vector<MembershipId>& members) {
    Query query("SELECT membership_id, open, last_assigned_at FROM member_load");
    query.add(" WHERE organization_id = ", tx.organization())
        .add_list(" AND membership_id IN", members)
        .add(" ORDER BY membership_id {for_update}");
    return tx.later<Row>(query);
}

void Loads::keep(Later<Row> asked) {
    for (auto& [member, open, last_assigned_at] : asked.take()) loads_[member] = {open, last_assigned_at};
}

Load Loads::of(const MembershipId& member) const {
    const auto known = loads_.find(member);
    return known == loads_.end() ? Load{} : known->second;
}

Time Loads::next_assignment(Time now) const {
    for (const auto& [member, load] : loads_) {
        if (load.last_assigned_at && *load.last_assigned_at >= now) now = *load.last_assigned_at + Duration{1};
    }
    return now;
}

void hold(WriteTx& tx, Loads& loads, const Conversation& before, const std::vector<MembershipId>& assignees_before,
          ConversationStatus status, const std::vector<MembershipId>& assignees, Assigned by) {
    std::set<MembershipId> affected(assignees_before.begin(), assignees_before.end());
    affected.insert(assignees.begin(), assignees.end());
    for (const auto& member : affected) {  // in one order, because each update locks a row
        const bool held = contains(assignees_before, member);
        const bool holds = contains(assignees, member);
        const auto difference = counted(holds, status) - counted(held, before.status);
        std::optional<Time> assigned_at;
        if (holds && !held && by == Assigned::by_step) assigned_at = loads.next_assignment(tx.now());
        if (holds != held) store_assignment(tx, before.id, member, holds);
        if (difference != 0 || assigned_at) store_load(tx, member, difference, assigned_at);
        if (const auto known = loads.loads_.find(member); known != loads.loads_.end()) {
            known->second.open += difference;
            if (assigned_at) known->second.last_assigned_at = assigned_at;
        }
    }
    if (status == before.status) return;
    tx.defer("UPDATE conversation SET status = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2",
             tx.organization(), before.id, status, time_of_change(before.updated_at, tx.now()));
}

std::int64_t remove_assignments(WriteTx& tx, const MembershipId& removed, std::int64_t limit) {
    return tx.run(
        "DELETE FROM conversation_assignee WHERE organization_id = $1 AND membership_id = $2 AND conversation_id IN"
        " (SELECT conversation_id FROM conversation_assignee WHERE organization_id = $1 AND membership_id = $2 LIMIT "
        "$3)",
        tx.organization(), removed, limit);
}

}  // namespace etapa::people
