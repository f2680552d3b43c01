#include "support/invariants.hpp"

#include <array>

namespace etapa::tests {
namespace {

// A statement that counts the rows which break an invariant.
struct Invariant {
    const char* sentence;
    Sql violations;
};

constexpr std::array invariants{
    Invariant{"I1: a conversation is active in several scenarios",
              "SELECT count(*) FROM (SELECT conversation_id FROM placement WHERE organization_id = $1 AND available"
              " GROUP BY conversation_id HAVING count(*) > 1) AS broken"},
    Invariant{"I3: the indexes of a scenario are not 0 to n-1",
              "SELECT count(*) FROM (SELECT scenario_id FROM step WHERE organization_id = $1 AND deleted_at IS NULL"
              " GROUP BY scenario_id HAVING min(position) <> 0 OR max(position) <> count(*) - 1"
              " OR count(DISTINCT position) <> count(*)) AS broken"},
    Invariant{"I4: a placement stands in a step of another scenario",
              "SELECT count(*) FROM placement JOIN step ON step.organization_id = placement.organization_id"
              " AND step.id = placement.step_id WHERE placement.organization_id = $1"
              " AND step.scenario_id <> placement.scenario_id"},
    Invariant{
        "I5: an armed placement has no timer",
        "SELECT count(*) FROM placement WHERE organization_id = $1 AND due_at IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM job WHERE job.organization_id = placement.organization_id"
        " AND job.key = 'timer:' || placement.id || ':' || placement.entry_seq AND job.due_at = placement.due_at)"},
    Invariant{"I5: a timer belongs to no armed placement",
              "SELECT count(*) FROM job WHERE organization_id = $1 AND kind = 'timer.fire' AND NOT EXISTS"
              " (SELECT 1 FROM placement WHERE placement.organization_id = job.organization_id"
              " AND job.key = 'timer:' || placement.id || ':' || placement.entry_seq AND placement.due_at = job.due_at "
              "AND placement.available)"},
    Invariant{
        "R100: an active placement has no active stay in its step",
        "SELECT count(*) FROM placement WHERE organization_id = $1 AND available AND NOT EXISTS"
        " (SELECT 1 FROM stay WHERE stay.organization_id = placement.organization_id"
        " AND stay.id = placement.active_stay_id AND stay.status = 'active' AND stay.step_id = placement.step_id)"},
    Invariant{"R100: an active stay belongs to no active placement",
              "SELECT count(*) FROM stay WHERE organization_id = $1 AND status = 'active' AND cause <> 'record'"
              " AND NOT EXISTS (SELECT 1 FROM placement WHERE placement.organization_id = stay.organization_id"
              " AND placement.conversation_id = stay.conversation_id AND placement.active_stay_id = stay.id"
              " AND placement.available)"},
    Invariant{"the kept load of a member is not what a recount gives",
              "SELECT count(*) FROM member_load WHERE organization_id = $1 AND open <> (SELECT count(*)"
              " FROM conversation_assignee JOIN conversation"
              " ON conversation.organization_id = conversation_assignee.organization_id"
              " AND conversation.id = conversation_assignee.conversation_id"
              " WHERE conversation_assignee.organization_id = member_load.organization_id"
              " AND conversation_assignee.membership_id = member_load.membership_id"
              " AND conversation.status <> 'RESOLVED')"},
};

}  // namespace

std::vector<std::string> broken_invariants(ReadTx& tx) {
    std::vector<std::string> broken;
    for (const auto& invariant : invariants) {
        const auto count = tx.one<std::int64_t>(invariant.violations, tx.organization());
        if (count != 0) broken.push_back(invariant.sentence + (": " + std::to_string(count)));
    }
    return broken;
}

}  // namespace etapa::tests
