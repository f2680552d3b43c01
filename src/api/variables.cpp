// The variables of conversations, under two spellings: /variables, and below the conversation with `key` and `value`.
#include "api/resources.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/variables/store.hpp"

namespace etapa::api {
namespace {

constexpr std::size_t variables_max = 200;  // of a conversation

using VariableName = Text<20>;
using VariableValue = Text<100>;

struct NewVariable {
    Text<50> conversation_id;
    VariableName var_name;
    VariableValue var_value;

    static constexpr std::string_view schema_name = "ConversationVariable";
    static consteval auto fields() {
        return describe(field("conversationId", &NewVariable::conversation_id, "The conversation.", required),
                        field("varName", &NewVariable::var_name, "Name, of at most 20 characters.", required),
                        field("varValue", &NewVariable::var_value, "Value, of at most 100 characters.", required));
    }
};

struct KeyAndValue {
    VariableName key;
    VariableValue value;

    static constexpr std::string_view schema_name = "VariableByKey";
    static consteval auto fields() {
        return describe(field("key", &KeyAndValue::key, "Name, of at most 20 characters.", required),
                        field("value", &KeyAndValue::value, "Value, of at most 100 characters.", required));
    }
};

struct Value {
    VariableValue var_value;

    static constexpr std::string_view schema_name = "VariableValue";
    static consteval auto fields() {
        return describe(field("varValue", &Value::var_value, "Value, of at most 100 characters.", required));
    }
};

struct Key {
    VariableName key;

    static constexpr std::string_view schema_name = "VariableKey";
    static consteval auto fields() { return describe(field("key", &Key::key, "Name of the variable.", required)); }
};

struct VariableDeleted {
    std::string message = "Variable successfully deleted";
    ConversationVariable deleted;

    static constexpr std::string_view schema_name = "VariableDeleted";
    static consteval auto fields() {
        return describe(field("message", &VariableDeleted::message, "What happened."),
                        field("deleted", &VariableDeleted::deleted, "The variable as it was."));
    }
};

// A variable has no identity, so its events are about the conversation.
void publish(WriteTx& tx, std::string_view kind, const std::optional<ConversationVariable>& before,
             const std::optional<ConversationVariable>& after) {
    const auto& conversation = (before ? before : after)->conversation_id;
    const auto member = [&](const std::optional<ConversationVariable>& variable) {
        events::Members members;
        if (!variable) return members;
        return members.add("conversationId", conversation)
            .add("varName", variable->var_name)
            .add("varValue", variable->var_value);
    };
    events::publish(tx, kind, conversation.value, member(before), member(after));
}

ConversationVariable set(WriteTx& tx, const ConversationId& conversation, const VariableName& name,
                         const VariableValue& value) {
    conversations::lock(tx, conversation);
    const auto before = variables::find(tx, conversation, name.value);
    if (before && before->var_value == value.value) return *before;
    if (!before && variables::of(tx, {conversation}).size() >= variables_max) {
        throw conflict("A conversation has at most " + std::to_string(variables_max) + " variables.");
    }
    ConversationVariable after{conversation, name.value, value.value, before ? before->created_at : tx.now(), tx.now()};
    if (before) after.updated_at = time_of_change(before->updated_at, tx.now());
    variables::save(tx, after);
    publish(tx, "variable.set", before, after);
    return after;
}

ConversationVariable get(ReadTx& tx, const ConversationId& conversation, const ShortText& name) {
    auto variable = variables::find(tx, conversations::get(tx, conversation).id, name.value);
    if (!variable) throw not_found("variable", name.value);
    return *std::move(variable);
}

void refuse_blank(BadFields bad, std::string_view path, const VariableName& name) {
    if (!bad.names(path) && name.blank()) bad.add(std::string(path), "must not be blank");
    bad.refuse();
}

ConversationVariable set_variable(WriteTx& tx, const New<NewVariable>& body) {
    const auto& [conversation, name, value] = body.entity();
    refuse_blank(body.bad(), "varName", name);
    return set(tx, {conversation.value}, name, value);
}

ConversationVariable set_by_key(WriteTx& tx, const ConversationId& conversation, const New<KeyAndValue>& body) {
    const auto& [key, value] = body.entity();
    refuse_blank(body.bad(), "key", key);
    return set(tx, conversation, key, value);
}

ConversationVariable set_named(WriteTx& tx, const ConversationId& conversation, const ShortText& name,
                               const New<Value>& body) {
    BadFields bad = body.bad();
    const auto parsed = VariableName::parse(name.value);
    if (!parsed) bad.add("varName", parsed.error());
    const auto checked = parsed.value_or(VariableName{});
    refuse_blank(bad, "varName", checked);
    return set(tx, conversation, checked, body.entity().var_value);
}

std::vector<ConversationVariable> list_variables(ReadTx& tx, const ConversationId& conversation) {
    return variables::of(tx, {conversations::get(tx, conversation).id});
}

ConversationVariable read_variable(ReadTx& tx, const ConversationId& conversation, const ShortText& name) {
    return get(tx, conversation, name);
}

VariableDeleted delete_variable(WriteTx& tx, const ConversationId& conversation, const ShortText& name) {
    conversations::lock(tx, conversation);
    VariableDeleted answer;
    answer.deleted = get(tx, conversation, name);
    variables::remove(tx, answer.deleted);
    publish(tx, "variable.deleted", answer.deleted, {});
    return answer;
}

VariableDeleted delete_by_key(WriteTx& tx, const ConversationId& conversation, const Key& key) {
    return delete_variable(tx, conversation, {key.key.value});
}

}  // namespace

void variables(Router& router) {
    router.resource("Variables", "Named texts that belong to conversations.");
    router.post("/variables", "Set a variable of a conversation", set_variable);
    router.get("/variables/{conversationId}", "List the variables of a conversation", list_variables);
    router.get("/variables/{conversationId}/{varName}", "Show a variable of a conversation", read_variable);
    router.put("/variables/{conversationId}/{varName}", "Set a variable of a conversation", set_named);
    router.del("/variables/{conversationId}/{varName}", "Delete a variable of a conversation", delete_variable);
    for (const std::string family : {"/conversation/{id}/variables", "/conversations/{id}/variables"}) {
        const auto one = family + "/{varName}";
        router.get(family, "List the variables of a conversation", list_variables);
        router.post(family, "Set a variable of a conversation", set_by_key);
        router.del(family, "Delete a variable of a conversation", delete_by_key);
        router.get(one, "Show a variable of a conversation", read_variable);
        router.del(one, "Delete a variable of a conversation", delete_variable);
    }
}

}  // namespace etapa::api
