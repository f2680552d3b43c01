#pragma once
// A step is one column of a scenario: the place where a conversation waits to be moved on.
//
// A step never moves conversations itself. It only says what should happen on entry and what decides the leaving; the
// moving is done in one place, flow/enter.hpp. Fields: API facts 2.1, 4.2, 4.4.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/agents/brief.hpp"
#include "crm/conversations/enums.hpp"
#include "crm/ids.hpp"
#include "crm/scenarios/scenario.hpp"

#include <optional>
#include <vector>

namespace etapa {

enum class TimeUnit : std::uint8_t { minutes, hours, days };
constexpr auto names(TimeUnit) { return std::to_array<std::string_view>({"m", "h", "d"}); }

enum class AssigneeLogic : std::uint8_t { none, clear, single_user, random_selected, fair_distribution_selected };
constexpr auto names(AssigneeLogic) {
    return std::to_array<std::string_view>(
        {"none", "clear", "single_user", "random_selected", "fair_distribution_selected"});
}

// Whose silence a timer waits for, instead of counting the time in the step (R52). No request sets it.
enum class InactivityCondition : std::uint8_t { user_silence, silence };
constexpr auto names(InactivityCondition) { return std::to_array<std::string_view>({"user_silence", "silence"}); }

// Which contact data the agent asks for while the conversation is in the step (R30).
struct RequestContact {
    bool name = false;
    bool email = false;
    bool phone = false;

    static consteval auto fields() {
        return describe(field("name", &RequestContact::name, "Ask for the name."),
                        field("email", &RequestContact::email, "Ask for the e-mail address."),
                        field("phone", &RequestContact::phone, "Ask for the phone number."));
    }
};

// The notice through Z-API.
struct ZapiNotice {
    std::optional<AgentId> agent_id;
    std::optional<ShortText> phone_number;
    std::optional<LongText> message;

    static consteval auto fields() {
        return describe(field("agentId", &ZapiNotice::agent_id, "Agent whose Z-API connection sends the notice."),
                        field("phoneNumber", &ZapiNotice::phone_number, "Number that receives the notice."),
                        field("message", &ZapiNotice::message, "Text of the notice, with placeholders."));
    }
    bool operator==(const ZapiNotice&) const = default;
};

// The WhatsApp template that stands in for the initial message outside the 24-hour window.
struct WhatsappTemplate {
    std::optional<AgentId> template_agent_id;
    std::optional<ShortText> template_name;
    std::optional<ShortText> template_language_code;
    std::optional<LongText> template_text;

    static consteval auto fields() {
        return describe(
            field("templateAgentId", &WhatsappTemplate::template_agent_id, "Agent whose number sends the template."),
            field("templateName", &WhatsappTemplate::template_name, "Name of the approved template."),
            field("templateLanguageCode", &WhatsappTemplate::template_language_code, "Language of the template."),
            field("templateText", &WhatsappTemplate::template_text, "Text of the template, for display."));
    }
    bool operator==(const WhatsappTemplate&) const = default;
};

struct Step {
    StepId id;
    OrganizationId organization_id;
    ScenarioId scenario_id;
    Name name;
    std::int64_t position = 0;
    std::optional<LongText> prompt;
    std::optional<LongText> trigger;
    std::optional<LongText> initial_message;
    std::optional<StepId> auto_next_step_id;
    std::optional<Within<1, 366LL * 86'400>> auto_next_time;
    std::optional<TimeUnit> auto_next_time_unit;
    std::optional<InactivityCondition> inactivity_condition_type;  // null: the time in the step (R50)
    std::optional<ConversationStatus> default_status;
    std::optional<Priority> default_priority;
    std::optional<bool> default_ai_control;
    std::optional<AssigneeLogic> assignee_logic_type;
    std::optional<std::vector<MembershipId>> selected_membership_ids_for_assignee;
    std::optional<std::vector<MembershipId>> fallback_membership_ids;
    bool is_required = false;
    bool is_conversation_removal_step = false;
    std::optional<std::vector<Name>> default_tags;
    std::optional<std::vector<Name>> default_tags_to_remove;
    std::optional<RequestContact> request_contact;
    std::optional<ZapiNotice> zapi;
    std::optional<WhatsappTemplate> whatsapp;
    std::optional<Url> webhook_url;
    std::optional<JsonObject> webhook_header;
    std::optional<AgentId> agent_id;
    Time created_at;
    Time updated_at;
    std::optional<Time> timers_ended_at;  // timers of entries until then are over, whatever the step says now (R53)
    std::optional<Time> deleted_at;       // a tombstone: gone for every reader, while a job clears its occupants

    static constexpr std::string_view schema_name = "Step";
    static consteval auto fields() {
        return describe(
            field("id", &Step::id, "Identity of the step.", server_set),
            field("organizationId", &Step::organization_id, "Organization that owns the step.", server_set),
            field("scenarioId", &Step::scenario_id, "Scenario that the step belongs to.", fixed, required),
            field("name", &Step::name, "Title of the column.", required),
            field("index", &Step::position, "Place in the scenario, from 0.", server_set, column("position")),
            field("prompt", &Step::prompt, "Instruction for the answering agent while a conversation is here (R44)."),
            field("trigger", &Step::trigger, "Condition or keywords on which a conversation enters (R36, R43).",
                  column("trigger_condition")),
            field("initialMessage", &Step::initial_message, "First message sent on entry (R23)."),
            field("autoNextStepId", &Step::auto_next_step_id, "Step that a silent conversation moves to (R47)."),
            field("autoNextTime", &Step::auto_next_time, "Stay before that move, in autoNextTimeUnit (R48)."),
            field("autoNextTimeUnit", &Step::auto_next_time_unit, "Minutes, hours or days; null means seconds (R48)."),
            field("inactivityConditionType", &Step::inactivity_condition_type, "Whose silence counts.", internal),
            field("defaultStatus", &Step::default_status, "Status set on entry."),
            field("defaultPriority", &Step::default_priority, "Priority set on entry."),
            field("defaultAiControl", &Step::default_ai_control, "AI switched on or off on entry."),
            field("assigneeLogicType", &Step::assignee_logic_type, "How an assignee is chosen on entry (R60-R68)."),
            field("selectedMembershipIdsForAssignee", &Step::selected_membership_ids_for_assignee,
                  "Memberships that the choice is made from."),
            field("fallbackMembershipIds", &Step::fallback_membership_ids,
                  "Memberships taken when none of the selected is eligible (R68)."),
            field("isRequired", &Step::is_required, "Automatic forward moves cannot jump over the step (R41)."),
            field("isConversationRemovalStep", &Step::is_conversation_removal_step,
                  "Entering takes the conversation out of the scenario (R24)."),
            field("defaultTags", &Step::default_tags, "Tags added on entry."),
            field("defaultTagsToRemove", &Step::default_tags_to_remove, "Tags removed on entry."),
            field("requestContact", &Step::request_contact, "Contact data that the agent asks for (R30)."),
            field("zapi", &Step::zapi, "Notice through Z-API.", also_flat),
            field("whatsapp", &Step::whatsapp, "WhatsApp template sent on entry.", also_flat),
            field("webhookUrl", &Step::webhook_url, "Address called on entry (R31)."),
            field("webhookHeader", &Step::webhook_header, "Headers added to that call."),
            field("agentId", &Step::agent_id, "Agent that answers while a conversation is here (R20)."),
            field("createdAt", &Step::created_at, "When the step was created.", server_set),
            field("updatedAt", &Step::updated_at, "When the step was last changed.", server_set),
            field("timersEndedAt", &Step::timers_ended_at, "When all timers ended.", internal),
            field("deletedAt", &Step::deleted_at, "Tombstone.", internal));
    }
};

// A step with its agent and scenario, as the API answers it.
struct StepView {
    Step step;
    std::optional<AgentBrief> agent;
    Scenario scenario;

    static constexpr std::string_view schema_name = "CrmStep";
    static consteval auto fields() {
        return describe(spread(&StepView::step), field("agent", &StepView::agent, "The agent of the step."),
                        field("scenario", &StepView::scenario, "The scenario of the step."));
    }
};

}  // namespace etapa
