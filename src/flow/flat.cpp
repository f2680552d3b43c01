#include "flow/flat.hpp"

#include "crm/contacts/store.hpp"
#include "crm/tags/store.hpp"
#include "crm/variables/store.hpp"

#include <vector>

namespace etapa::flow {
namespace {

std::vector<std::string> tags_of(ReadTx& tx, const ConversationId& conversation) {
    std::vector<std::string> names;
    for (auto& tag : tags::of(tx, {conversation})) names.push_back(std::move(tag.tag));
    return names;
}

JsonObject variables_of(ReadTx& tx, const ConversationId& conversation) {
    Flat flat;
    for (const auto& variable : variables::of(tx, {conversation})) flat.add(variable.var_name, variable.var_value);
    return {flat.text()};
}

std::string full_name(const Contact& contact) {
    std::string name = contact.first_name ? contact.first_name->value : "";
    if (!contact.last_name || contact.last_name->value.empty()) return name;
    if (!name.empty()) name += ' ';
    return name + contact.last_name->value;
}

}  // namespace

void Flat::add_contact(ReadTx& tx, const Conversation& conversation) {
    if (!conversation.contact_id) return;
    const auto contact = contacts::find_holder(tx, *conversation.contact_id);
    if (!contact) return;
    const auto name = full_name(*contact);
    if (!name.empty()) add("userName", name);
    add_if("userEmail", contact->email).add_if("userPhoneNumber", contact->phone_number);
}

Flat& Flat::add_conversation(ReadTx& tx, const Conversation& conversation) {
    add("organizationId", tx.organization());
    add("conversationId", conversation.id);
    add("channel", conversation.channel);
    add("conversationStatus", conversation.status);
    add("conversationPriority", conversation.priority);
    add("isAiEnabled", conversation.is_ai_enabled);
    add_contact(tx, conversation);
    add("tags", tags_of(tx, conversation.id));
    add("frustration", conversation.frustration);
    return add("conversation_variables", variables_of(tx, conversation.id));
}

}  // namespace etapa::flow
