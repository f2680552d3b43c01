#pragma once
// An agent is a model, a system prompt and tools: who answers when no person does. It never answers by itself; the work
// of answering is a job. Fields: API facts 2.1 (agents).

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <optional>
#include <vector>

namespace etapa {

enum class Visibility : std::uint8_t { open, closed };
constexpr auto names(Visibility) { return std::to_array<std::string_view>({"public", "private"}); }

// The short name under which an agent is also found, as in `@sales`: 4 to 15 letters, digits and `_`, not first or last
// `_`; kept in lower case.
struct Handle {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    static std::expected<Handle, std::string> parse(std::string_view text);
    static constexpr std::string_view schema =
        R"("type":"string","pattern":"^[A-Za-z0-9][A-Za-z0-9_]{2,13}[A-Za-z0-9]$")";
    bool operator==(const Handle&) const = default;
};

struct Agent {
    AgentId id;
    OrganizationId organization_id;
    Name name;
    std::optional<LongText> description;
    std::optional<Handle> handle;
    std::optional<Text<2'048>> icon_url;
    Name model_name{"gpt_41_mini"};  // any name: which ones can be called is for the model providers to say
    double temperature = 0;
    Visibility visibility = Visibility::closed;
    std::optional<LongText> system_prompt;
    std::optional<bool> enable_inactive_hours;
    std::optional<JsonObject> inactive_hours;
    JsonObject interface_config;
    std::optional<JsonObject> config_url_external;
    std::optional<JsonObject> config_url_infos_system_external;
    std::vector<JsonObject> tools;
    Time created_at;
    Time updated_at;
    std::optional<Time> deleted_at;  // a tombstone: gone for every reader, while a job clears what names the agent

    static constexpr std::string_view schema_name = "Agent";
    static consteval auto fields() {
        return describe(
            field("id", &Agent::id, "Identity of the agent.", server_set),
            field("organizationId", &Agent::organization_id, "Organization that owns the agent.", server_set),
            field("name", &Agent::name, "Name of the agent; a friendly one is found when it is absent."),
            field("description", &Agent::description, "What the agent is for."),
            field("handle", &Agent::handle, "Short name under which the agent is found as @handle."),
            field("iconUrl", &Agent::icon_url, "Picture of the agent."),
            field("modelName", &Agent::model_name, "Model that answers."),
            field("temperature", &Agent::temperature, "From 0 (the same answer each time) to 1."),
            field("visibility", &Agent::visibility, "Whether the agent is meant for everybody."),
            field("systemPrompt", &Agent::system_prompt, "Instruction for the model."),
            field("enableInactiveHours", &Agent::enable_inactive_hours, "Whether inactiveHours apply."),
            field("inactiveHours", &Agent::inactive_hours,
                  "Spans in which the agent stays silent, by channel and weekday."),
            field("interfaceConfig", &Agent::interface_config, "Appearance of the chat widget."),
            field("configUrlExternal", &Agent::config_url_external, "Where data about the end user is fetched."),
            field("configUrlInfosSystemExternal", &Agent::config_url_infos_system_external,
                  "Where events of the agent's conversations are sent."),
            field("tools", &Agent::tools, "What the agent can use. In a change: the whole set (API fact 2.5)."),
            field("createdAt", &Agent::created_at, "When the agent was created.", server_set),
            field("updatedAt", &Agent::updated_at, "When the agent was last changed.", server_set),
            field("deletedAt", &Agent::deleted_at, "Tombstone.", internal));
    }
};

}  // namespace etapa
