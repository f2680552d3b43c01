#pragma once
// Who gets a conversation that enters a step (R60-R68).

#include "crm/people/load.hpp"
#include "crm/people/membership.hpp"
#include "crm/steps/step.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::flow {

// One member who was looked at, as `explain` shows it.
struct Candidate {
    MembershipId membership_id;
    bool eligible = false;
    std::int64_t open = 0;
    std::optional<Time> last_assigned_at;

    static constexpr std::string_view schema_name = "Candidate";
    static consteval auto fields() {
        return describe(
            field("membershipId", &Candidate::membership_id, "The member."),
            field("eligible", &Candidate::eligible, "Accepted and not disabled (R61)."),
            field("open", &Candidate::open, "Open conversations held, this one not counted (R64)."),
            field("lastAssignedAt", &Candidate::last_assigned_at, "Latest assignment by a step; null: never."));
    }
};

// A choice and how it came about.
struct AssigneeChoice {
    AssigneeLogic mode = AssigneeLogic::none;
    std::string rule;
    std::vector<Candidate> candidates;
    std::vector<MembershipId> chosen;  // who holds the conversation from now on
    bool nobody_eligible = false;      // nothing could be chosen: assignees stay, an error row says so (R68)

    static constexpr std::string_view schema_name = "AssigneeChoice";
    static consteval auto fields() {
        return describe(field("mode", &AssigneeChoice::mode, "The step's assigneeLogicType."),
                        field("rule", &AssigneeChoice::rule, "Why this choice."),
                        field("candidates", &AssigneeChoice::candidates, "Who was looked at, in list order."),
                        field("chosen", &AssigneeChoice::chosen, "Who holds the conversation from then on."),
                        field("nobodyEligible", &AssigneeChoice::nobody_eligible, "Whether nobody could be chosen."));
    }
};

// What the choice is made from.
struct Pool {
    const std::vector<Membership>& members;  // those of the step's lists that exist
    const people::Loads& loads;
    Random& random;
};

// `holders` hold the conversation now; `counted` tells whether it counts in their load (it is not resolved).
AssigneeChoice choose_assignees(const Step& step, const Pool& pool, const std::vector<MembershipId>& holders,
                                bool counted);

}  // namespace etapa::flow
