#pragma once
// A conversation with everything that existing clients expect around it (API fact 2.6). Members that such clients
// refuse as null are never null here (API fact 15.3 to 15.5).

#include "crm/contacts/contact.hpp"
#include "crm/conversations/conversation.hpp"
#include "crm/placements/placement.hpp"
#include "crm/scenarios/scenario.hpp"
#include "crm/steps/step.hpp"
#include "crm/variables/variable.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa {

// A member's person.
struct UserBrief {
    UserId id;
    Name name;
    Email email;

    static constexpr std::string_view schema_name = "UserBrief";
    static consteval auto fields() {
        return describe(field("id", &UserBrief::id, "The person."), field("name", &UserBrief::name, "Name."),
                        field("email", &UserBrief::email, "E-mail address."));
    }
};

struct AssigneeView {
    UserBrief user;

    static consteval auto fields() {
        return describe(field("user", &AssigneeView::user, "Who holds the conversation."));
    }
};

struct TagView {
    std::string tag;

    static consteval auto fields() { return describe(field("tag", &TagView::tag, "The tag.")); }
};

// A running summary of the conversation.
struct ContextView {
    std::string context;
    Time updated_at;

    static consteval auto fields() {
        return describe(field("context", &ContextView::context, "The summary."),
                        field("updatedAt", &ContextView::updated_at, "When it was last written."));
    }
};

// The settings of a step under their older, flat names, beside the nested ones.
struct FlatStepMembers {
    std::optional<AgentId> zapi_agent_id;
    std::optional<ShortText> zapi_phone_number;
    std::optional<LongText> zapi_message;
    std::optional<AgentId> whatsapp_template_agent_id;
    std::optional<ShortText> whatsapp_template_name;
    std::optional<ShortText> whatsapp_template_language_code;
    std::optional<LongText> whatsapp_template_text;
    std::optional<std::string> inactivity_condition_type;
    std::optional<std::string> contact_request_name_prompt;
    std::optional<std::string> contact_request_email_prompt;
    std::optional<std::string> contact_request_phone_prompt;

    static consteval auto fields() {
        return describe(
            field("zapiAgentId", &FlatStepMembers::zapi_agent_id, "As zapi.agentId."),
            field("zapiPhoneNumber", &FlatStepMembers::zapi_phone_number, "As zapi.phoneNumber."),
            field("zapiMessage", &FlatStepMembers::zapi_message, "As zapi.message."),
            field("whatsappTemplateAgentId", &FlatStepMembers::whatsapp_template_agent_id,
                  "As whatsapp.templateAgentId."),
            field("whatsappTemplateName", &FlatStepMembers::whatsapp_template_name, "As whatsapp.templateName."),
            field("whatsappTemplateLanguageCode", &FlatStepMembers::whatsapp_template_language_code,
                  "As whatsapp.templateLanguageCode."),
            field("whatsappTemplateText", &FlatStepMembers::whatsapp_template_text, "As whatsapp.templateText."),
            field("inactivityConditionType", &FlatStepMembers::inactivity_condition_type, "Always null."),
            field("contactRequestNamePrompt", &FlatStepMembers::contact_request_name_prompt, "Always null."),
            field("contactRequestEmailPrompt", &FlatStepMembers::contact_request_email_prompt, "Always null."),
            field("contactRequestPhonePrompt", &FlatStepMembers::contact_request_phone_prompt, "Always null."));
    }
};

// A step inside a conversation.
struct EmbeddedStep {
    StepView step;
    FlatStepMembers flat;

    static constexpr std::string_view schema_name = "EmbeddedStep";
    static consteval auto fields() { return describe(spread(&EmbeddedStep::step), spread(&EmbeddedStep::flat)); }
};

// A placement inside a conversation.
struct EmbeddedPlacement {
    Placement placement;
    bool processing_job = false;
    std::optional<Time> processing_job_expires_at;
    Scenario scenario;
    std::optional<EmbeddedStep> step;

    static constexpr std::string_view schema_name = "EmbeddedPlacement";
    static consteval auto fields() {
        return describe(
            spread(&EmbeddedPlacement::placement),
            field("processingJob", &EmbeddedPlacement::processing_job, "Always false: no job is half done."),
            field("processingJobExpiresAt", &EmbeddedPlacement::processing_job_expires_at, "Always null."),
            field("scenario", &EmbeddedPlacement::scenario, "The scenario."),
            field("step", &EmbeddedPlacement::step, "The step; null when it was deleted."));
    }
};

struct ConversationView {
    Conversation conversation;
    std::optional<std::string> channel_credentials_id;
    std::optional<std::string> mail_inbox_id;
    std::optional<std::string> form_id;
    std::optional<std::string> user_id;
    std::optional<std::string> whatsapp_chat_lid;
    std::vector<Contact> participants_contacts;  // each with a first name, if only an empty one
    std::vector<JsonObject> ctwa_attributions;
    std::vector<ConversationVariable> conversation_variables;
    std::vector<ContextView> conversation_contexts;
    std::vector<AssigneeView> assignees;
    std::vector<TagView> tags;
    std::vector<EmbeddedPlacement> crm_scenario_conversations;

    static constexpr std::string_view schema_name = "ConversationDetailed";
    static consteval auto fields() {
        return describe(
            spread(&ConversationView::conversation),
            field("channelCredentialsId", &ConversationView::channel_credentials_id, "Always null."),
            field("mailInboxId", &ConversationView::mail_inbox_id, "Always null."),
            field("formId", &ConversationView::form_id, "Always null."),
            field("userId", &ConversationView::user_id, "Always null."),
            field("whatsappChatLid", &ConversationView::whatsapp_chat_lid, "Always null."),
            field("participantsContacts", &ConversationView::participants_contacts, "The end user as a contact."),
            field("ctwaAttributions", &ConversationView::ctwa_attributions, "Advertisements that it came from."),
            field("conversationVariables", &ConversationView::conversation_variables, "Its variables."),
            field("conversationContexts", &ConversationView::conversation_contexts, "Its running summary."),
            field("assignees", &ConversationView::assignees, "Who holds it."),
            field("tags", &ConversationView::tags, "Its tags."),
            field("crmScenarioConversations", &ConversationView::crm_scenario_conversations,
                  "The scenarios that it is or was in."));
    }
};

namespace conversations {

// In the order given. However many there are, the number of statements is the same.
std::vector<ConversationView> views(ReadTx& tx, std::vector<Conversation> conversations);
ConversationView view(ReadTx& tx, Conversation conversation);

}  // namespace conversations

}  // namespace etapa
