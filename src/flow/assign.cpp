#include "flow/assign.hpp"

#include "base/ranges.hpp"

#include <algorithm>

namespace etapa::flow {
namespace {

const std::vector<MembershipId>& listed(const std::optional<std::vector<MembershipId>>& list) {
    static const std::vector<MembershipId> none;
    return list ? *list : none;
}

// The members of a step's list in list order, each once (R61); unknown ones have gone since the list was saved.
std::vector<Candidate> candidates_of(const std::vector<MembershipId>& list, const Pool& pool,
                                     const std::vector<MembershipId>& holders, bool counted) {
    std::vector<Candidate> candidates;
    for (const auto& id : list) {
        if (contains(candidates, id, &Candidate::membership_id)) continue;
        const auto member = std::ranges::find(pool.members, id, &Membership::id);
        const auto load = pool.loads.of(id);
        const bool holds_this = counted && contains(holders, id);
        candidates.push_back({.membership_id = id,
                              .eligible = member != pool.members.end() && member->eligible(),
                              .open = load.open - (holds_this ? 1 : 0),
                              .last_assigned_at = load.last_assigned_at});
    }
    return candidates;
}

std::vector<Candidate> eligible_of(const std::vector<Candidate>& candidates) {
    std::vector<Candidate> eligible;
    std::ranges::copy_if(candidates, std::back_inserter(eligible), &Candidate::eligible);
    return eligible;
}

// Fewest open conversations; then the one whose latest assignment is oldest, never being the oldest; then list order.
const Candidate& least_loaded(const std::vector<Candidate>& eligible) {
    return *std::ranges::min_element(eligible, {}, [](const Candidate& candidate) {
        return std::pair(candidate.open, candidate.last_assigned_at);  // an empty time sorts before all others
    });
}

void choose_from(const std::vector<Candidate>& eligible, const Pool& pool, const std::vector<MembershipId>& holders,
                 AssigneeChoice& choice) {
    if (choice.mode == AssigneeLogic::single_user) {
        choice.chosen = {eligible.front().membership_id};
        choice.rule = "the first eligible member of the list (R62)";
        return;
    }
    if (holders.size() == 1 && contains(eligible, holders.front(), &Candidate::membership_id)) {
        choice.chosen = holders;
        choice.rule = "already held by an eligible member of the list, who keeps it (R66)";
        return;
    }
    if (choice.mode == AssigneeLogic::random_selected) {
        choice.chosen = {eligible[pool.random.below(eligible.size())].membership_id};
        choice.rule = "a uniform choice among the eligible members (R63)";
        return;
    }
    choice.chosen = {least_loaded(eligible).membership_id};
    choice.rule = "the eligible member with the fewest open conversations (R64)";
}

}  // namespace

AssigneeChoice choose_assignees(const Step& step, const Pool& pool, const std::vector<MembershipId>& holders,
                                bool counted) {
    AssigneeChoice choice;
    choice.mode = step.assignee_logic_type.value_or(AssigneeLogic::none);
    choice.chosen = holders;
    if (choice.mode == AssigneeLogic::none) {
        choice.rule = "the step leaves the assignees as they are (R60)";
        return choice;
    }
    if (choice.mode == AssigneeLogic::clear) {
        choice.chosen.clear();
        choice.rule = "the step removes all assignees (R60)";
        return choice;
    }
    choice.candidates = candidates_of(listed(step.selected_membership_ids_for_assignee), pool, holders, counted);
    if (const auto eligible = eligible_of(choice.candidates); !eligible.empty()) {
        choose_from(eligible, pool, holders, choice);
        return choice;
    }
    const auto fallback = eligible_of(candidates_of(listed(step.fallback_membership_ids), pool, holders, counted));
    if (fallback.empty()) {
        choice.nobody_eligible = true;
        choice.rule = "nobody in the list is eligible, so the assignees stay as they are (R68)";
        return choice;
    }
    choice.chosen = {fallback.front().membership_id};
    choice.rule = "nobody in the list is eligible, so the first eligible fallback member is taken (R68)";
    return choice;
}

}  // namespace etapa::flow
