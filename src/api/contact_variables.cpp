// The variables of contacts: named values of any kind.
#include "api/resources.hpp"
#include "crm/contact_variables/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"

namespace etapa::api {
namespace {

// Says whose variables are meant where `id` does not.
using ConversationHeader = Header<"conversationid">;

struct VariablesOf {
    std::optional<ShortText> id;

    static consteval auto fields() {
        return describe(field("id", &VariablesOf::id, "A contact, or a conversation whose contact is meant."));
    }
};

struct VariableWish {
    std::optional<ShortText> id;
    VariableKey key;
    std::optional<JsonValue> value;  // present, if only as null
    VariableSource source = VariableSource::human;

    static constexpr std::string_view schema_name = "ContactVariable";
    static consteval auto fields() {
        return describe(field("id", &VariableWish::id, "A contact, or a conversation whose contact is meant."),
                        field("key", &VariableWish::key, "Name, which does not begin with _.", required),
                        field("value", &VariableWish::value, "Value, of any kind.", required),
                        field("source", &VariableWish::source, "Who sets it.", required));
    }
};

struct VariableRemoval {
    std::optional<ShortText> id;
    std::optional<ShortText> key;

    static constexpr std::string_view schema_name = "ContactVariableRemoval";
    static consteval auto fields() {
        return describe(field("id", &VariableRemoval::id, "A contact, or a conversation whose contact is meant."),
                        field("key", &VariableRemoval::key, "Name; all variables when absent."));
    }
};

// The variables as one object, beside which `_sources` says who set each.
struct Variables {
    JsonObject variables;

    static constexpr std::string_view schema_name = "ContactVariables";
    static consteval auto fields() {
        return describe(field("variables", &Variables::variables,
                              "The value of each variable; `_sources` names who set it: human or ai."));
    }
};

struct ListedVariables {
    static constexpr bool many_rows = true;
    Variables all;
    std::vector<ContactVariable> variable_list;

    static constexpr std::string_view schema_name = "ListedContactVariables";
    static consteval auto fields() {
        return describe(spread(&ListedVariables::all),
                        field("variableList", &ListedVariables::variable_list, "The same as a list, oldest first."));
    }
};

ContactId owner(ReadTx& tx, const std::optional<ShortText>& id, const ConversationHeader& header, BadFields bad = {}) {
    const auto other = header.value.value_or("");
    if (!id && other.empty() && !bad.names("id")) bad.add("id", "is required, or the header conversationid");
    bad.refuse();
    const std::string text = id ? id->value : other;
    if (!is_valid_text(text)) throw not_found("contact", "");
    if (contacts::find(tx, {text})) return {text};
    const auto conversation = conversations::find(tx, {text});
    if (!conversation || !conversation->contact_id) throw not_found("contact", text);
    const auto contact = contacts::find_holder(tx, *conversation->contact_id);
    if (!contact) throw not_found("contact", text);
    return contact->id;
}

void append_member(std::string& object, std::string_view name, std::string_view value) {
    if (object.size() > 1) object += ',';
    json::append_string(object, name);
    object += ':';
    object += value;
}

JsonObject object_of(const std::vector<ContactVariable>& list) {
    std::string values = "{";
    std::string sources = "{";
    for (const auto& variable : list) {
        append_member(values, variable.var_name.value, variable.var_value.value);
        append_member(sources, variable.var_name.value, json::to_text(variable.source));
    }
    append_member(values, "_sources", sources + '}');
    return {values + '}'};
}

Variables now(ReadTx& tx, const ContactId& contact) { return {object_of(contact_variables::of(tx, contact))}; }

ListedVariables list_variables(ReadTx& tx, const VariablesOf& wanted, const ConversationHeader& header) {
    auto list = contact_variables::of(tx, owner(tx, wanted.id, header));
    return {{object_of(list)}, std::move(list)};
}

Variables set_variable(WriteTx& tx, const New<VariableWish>& body, const ConversationHeader& header) {
    const auto& wish = body.entity();
    const auto contact = contacts::lock(tx, owner(tx, wish.id, header, body.bad())).id;
    const auto before = contact_variables::find(tx, contact, wish.key.value);
    const ContactVariable after{wish.key, wish.value.value_or(JsonValue{}), wish.source};
    if (before && json::to_text(*before) == json::to_text(after)) return now(tx, contact);
    constexpr auto count_max = contact_variables::count_max;
    if (!before && std::ssize(contact_variables::of(tx, contact)) >= count_max) {
        throw conflict("A contact has at most " + std::to_string(count_max) + " variables.");
    }
    contact_variables::save(tx, contact, after);
    events::Members from;
    events::Members to;
    if (before) from.add(wish.key.value, *before);
    to.add(wish.key.value, after);
    events::publish(tx, "contact.variable_set", contact.value, from, to);
    return now(tx, contact);
}

Variables delete_variables(WriteTx& tx, const VariableRemoval& wanted, const ConversationHeader& header) {
    const auto contact = contacts::lock(tx, owner(tx, wanted.id, header)).id;
    events::Members from;
    for (const auto& variable : contact_variables::of(tx, contact)) {
        if (wanted.key && variable.var_name.value != wanted.key->value) continue;
        contact_variables::remove(tx, contact, variable.var_name.value);
        from.add(variable.var_name.value, variable);
    }
    if (wanted.key && from.empty()) throw not_found("variable", wanted.key->value);
    if (!from.empty()) events::publish(tx, "contact.variable_deleted", contact.value, from, {});
    return now(tx, contact);
}

}  // namespace

void contact_variables(Router& router) {
    router.resource("Contacts");
    router.get("/contacts/variables", "List the variables of a contact", list_variables);
    router.post("/contacts/variables", "Set a variable of a contact", set_variable);
    router.put("/contacts/variables", "Set a variable of a contact", set_variable);
    router.del("/contacts/variables", "Delete a variable of a contact, or all of them", delete_variables);
}

}  // namespace etapa::api
