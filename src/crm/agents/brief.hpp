#pragma once
// What other objects show of an agent; the whole agent is crm/agents/agent.hpp.

#include "base/fields.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <string>

namespace etapa {

struct AgentBrief {
    AgentId id;
    std::string name;
    std::optional<std::string> icon_url;

    static constexpr std::string_view schema_name = "AgentBrief";
    static consteval auto fields() {
        return describe(field("id", &AgentBrief::id, "Identity of the agent."),
                        field("name", &AgentBrief::name, "Name of the agent."),
                        field("iconUrl", &AgentBrief::icon_url, "Picture of the agent."));
    }
};

}  // namespace etapa
