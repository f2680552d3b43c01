#pragma once
// Where the new conversations of an agent enter by themselves (R5). Nothing set: nowhere.

#include "base/fields.hpp"
#include "crm/ids.hpp"

#include <optional>

namespace etapa {

struct CrmConfig {
    std::optional<ScenarioId> scenario_id;
    std::optional<StepId> step_id;  // null: the scenario's first

    static constexpr std::string_view schema_name = "CrmConfig";
    static consteval auto fields() {
        return describe(
            field("scenarioId", &CrmConfig::scenario_id,
                  "Scenario in which new conversations of the agent enter; null: in none.", column("crm_scenario_id")),
            field("stepId", &CrmConfig::step_id, "Step that they enter; null: the scenario's first.",
                  column("crm_step_id")));
    }
    bool operator==(const CrmConfig&) const = default;
};

}  // namespace etapa
