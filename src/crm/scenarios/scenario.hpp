#pragma once
// A scenario is a pipeline: an ordered row of steps that conversations move through. Fields: API facts 2.2.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <vector>

namespace etapa {

struct Scenario {
    ScenarioId id;
    OrganizationId organization_id;
    Name name;
    std::optional<LongText> description;
    std::int64_t position = 0;
    bool show_inactive_conversations = false;
    std::vector<UserId> allowed_user_ids;
    Time created_at;
    Time updated_at;
    std::optional<Time> deleted_at;  // a tombstone: gone for every reader, while a job clears its conversations

    static constexpr std::string_view schema_name = "CrmScenario";
    static consteval auto fields() {
        return describe(
            field("id", &Scenario::id, "Identity of the scenario.", server_set),
            field("organizationId", &Scenario::organization_id, "Organization that owns the scenario.", server_set),
            field("name", &Scenario::name, "Title of the scenario.", required),
            field("description", &Scenario::description, "What the scenario is for."),
            field("index", &Scenario::position, "Place among the scenarios, from 0.", server_set, column("position")),
            field("showInactiveConversations", &Scenario::show_inactive_conversations,
                  "Whether boards show conversations that left.", server_set),
            field("allowedUserIds", &Scenario::allowed_user_ids, "Users who see the board; empty for all (R109).",
                  server_set),
            field("createdAt", &Scenario::created_at, "When the scenario was created.", server_set),
            field("updatedAt", &Scenario::updated_at, "When the scenario was last changed.", server_set),
            field("deletedAt", &Scenario::deleted_at, "Tombstone.", internal));
    }
};

}  // namespace etapa
