#include "api/references.hpp"

#include "crm/events/store.hpp"
#include "crm/steps/store.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace etapa::api {
namespace {

// `forget` says whether it changed the step.
void change_steps(WriteTx& tx, const std::function<bool(Step&)>& forget) {
    for (Step step : steps::all(tx)) {
        if (!forget(step)) continue;
        const Step before = steps::lock(tx, step.id);  // as it is now, which may be newer than the list
        step = before;
        forget(step);
        step.updated_at = time_of_change(before.updated_at, tx.now());
        steps::save(tx, step);
        events::publish_changed(tx, "step.changed", before, step);
    }
}

template <class Identity> bool clear_if(std::optional<Identity>& reference, const Identity& id) {
    if (reference != id) return false;
    reference.reset();
    return true;
}

bool prune(std::optional<std::vector<MembershipId>>& list, const MembershipId& id) {
    return list && std::erase(*list, id) > 0;
}

}  // namespace

void forget_agent(WriteTx& tx, const AgentId& id) {
    change_steps(tx, [&](Step& step) {
        bool changed = clear_if(step.agent_id, id);
        if (step.zapi) changed |= clear_if(step.zapi->agent_id, id);
        if (step.whatsapp) changed |= clear_if(step.whatsapp->template_agent_id, id);
        return changed;
    });
}

void forget_member(WriteTx& tx, const MembershipId& id) {
    change_steps(tx, [&](Step& step) {
        const bool selected = prune(step.selected_membership_ids_for_assignee, id);
        const bool fallback = prune(step.fallback_membership_ids, id);
        return selected || fallback;
    });
}

}  // namespace etapa::api
