#pragma once
// A placement with its conversation and step, as a scenario lists what stands in it (API fact 2.3).

#include "crm/agents/brief.hpp"
#include "crm/conversations/enums.hpp"
#include "crm/placements/placement.hpp"
#include "crm/steps/step.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa {

struct ContextBrief {
    std::string context;

    static consteval auto fields() { return describe(field("context", &ContextBrief::context, "A running summary.")); }
};

struct VisitorBrief {
    ShortText id;

    static consteval auto fields() { return describe(field("id", &VisitorBrief::id, "The visitor.")); }
};

struct ContactBrief {
    ContactId id;
    std::optional<ShortText> first_name;
    std::optional<ShortText> last_name;
    std::optional<Email> email;
    std::optional<ShortText> phone_number;

    static constexpr std::string_view schema_name = "ContactBrief";
    static consteval auto fields() {
        return describe(field("id", &ContactBrief::id, "The contact."),
                        field("firstName", &ContactBrief::first_name, "First name."),
                        field("lastName", &ContactBrief::last_name, "Last name."),
                        field("email", &ContactBrief::email, "E-mail address."),
                        field("phoneNumber", &ContactBrief::phone_number, "Phone number."));
    }
};

// A conversation as a card of the board needs it.
struct ConversationBrief {
    ConversationId id;
    Channel channel = Channel::api;
    ConversationStatus status = ConversationStatus::unresolved;
    Priority priority = Priority::medium;
    std::optional<AgentBrief> agent;
    std::vector<ContextBrief> conversation_contexts;
    std::vector<VisitorBrief> participants_visitors;
    std::vector<ContactBrief> participants_contacts;
    std::optional<ShortText> visitor_id_field;
    std::optional<std::string> ai_user_identifier;

    static constexpr std::string_view schema_name = "ConversationBrief";
    static consteval auto fields() {
        return describe(
            field("id", &ConversationBrief::id, "The conversation."),
            field("channel", &ConversationBrief::channel, "Where the end user writes."),
            field("status", &ConversationBrief::status, "Whether somebody still has to act."),
            field("priority", &ConversationBrief::priority, "Priority."),
            field("agent", &ConversationBrief::agent, "The conversation's own agent."),
            field("conversationContexts", &ConversationBrief::conversation_contexts, "Its running summary."),
            field("participantsVisitors", &ConversationBrief::participants_visitors, "The end user as a visitor."),
            field("participantsContacts", &ConversationBrief::participants_contacts, "The end user as a contact."),
            field("visitorIdField", &ConversationBrief::visitor_id_field, "The end user as a visitor."),
            field("aiUserIdentifier", &ConversationBrief::ai_user_identifier, "How the AI calls the user."));
    }
};

struct PlacementView {
    Placement placement;
    ConversationBrief conversation;
    std::optional<StepView> step;

    static constexpr std::string_view schema_name = "CrmScenarioConversation";
    static consteval auto fields() {
        return describe(spread(&PlacementView::placement),
                        field("conversation", &PlacementView::conversation, "The conversation."),
                        field("step", &PlacementView::step, "The step; null when it was deleted."));
    }
};

namespace placements {

// In the order given. However many there are, the number of statements is the same.
std::vector<PlacementView> views(ReadTx& tx, std::vector<Placement> placements);

}  // namespace placements

}  // namespace etapa
