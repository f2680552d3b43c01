#pragma once
// A named text that belongs to a conversation, for people, tools and prompts. Fields: API fact 2.9.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

namespace etapa {

struct ConversationVariable {
    ConversationId conversation_id;
    std::string var_name;
    std::string var_value;
    Time created_at;
    Time updated_at;

    static constexpr std::string_view schema_name = "ConversationVariable";
    static consteval auto fields() {
        return describe(field("conversationId", &ConversationVariable::conversation_id, "The conversation."),
                        field("varName", &ConversationVariable::var_name, "Name, unique within the conversation."),
                        field("varValue", &ConversationVariable::var_value, "Value."),
                        field("createdAt", &ConversationVariable::created_at, "When it was first set."),
                        field("updatedAt", &ConversationVariable::updated_at, "When it was last set."));
    }
};

}  // namespace etapa
