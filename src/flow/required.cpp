#include "flow/required.hpp"

#include "base/ranges.hpp"
#include "crm/steps/store.hpp"

namespace etapa::flow {

Detour detour_of(ReadTx& tx, const Arrival& arrival) {
    Detour detour;
    const auto& target = arrival.target;
    // Coming from outside the scenario is an entry, not a jump over what lies before the target.
    const bool inside = arrival.from && arrival.from->scenario_id == target.scenario_id;
    if (!inside || target.position <= arrival.from->position + 1) return detour;

    for (auto& step : steps::required_between(tx, target.scenario_id, arrival.from->position, target.position)) {
        if (contains(arrival.placement.visited_step_ids, step.id)) continue;
        if (arrival.automatic()) {
            detour.sentence = "Stopped at the required step '" + step.name.value + "' on the way to '" +
                              target.name.value + "' (R41).";
            detour.stop = std::move(step);
            return detour;
        }
        detour.skipped.push_back(step.id);
    }
    return detour;
}

}  // namespace etapa::flow
