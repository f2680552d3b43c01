#pragma once
// JSON Schema of described structs, for the OpenAPI document. The tables that read and write JSON say what the schema
// says, so the two cannot differ.

#include "base/fields.hpp"
#include "base/json_write.hpp"
#include "base/problem.hpp"
#include "base/values.hpp"

#include <map>
#include <string>
#include <string_view>
#include <typeindex>

namespace etapa {

// Collects the schemas of named structs (those with a `schema_name`) under `components/schemas`; others stand inline.
class Schemas {
public:
    // Of a value in an answer: every member is present.
    template <class T> std::string of_answer() { return of<T>(Use::answer); }
    // Of a request that creates a T: `required` members must be present, the server's own members are left out.
    template <class T> std::string of_creation() { return of<T>(Use::creation); }
    // Of a request that changes a T: everything is optional; `id` travels in the body when `with_id`.
    enum class Identity : std::uint8_t { in_path, in_body };
    template <class T> std::string of_changes(Identity identity) {
        return of<T>(identity == Identity::in_body ? Use::changes_by_id : Use::changes);
    }
    // Of one member outside an object: a path or query parameter.
    template <class T> std::string of_parameter() {
        if constexpr (is_optional<T>) {
            return of_parameter<typename T::value_type>();
        } else {
            return of<T>(Use::creation);
        }
    }

    [[nodiscard]] const std::map<std::string, std::string>& definitions() const { return definitions_; }

private:
    enum class Use : std::uint8_t { answer, creation, changes, changes_by_id };

    static std::string named(std::string_view name, Use use) {
        switch (use) {
            case Use::answer: return std::string(name);
            case Use::creation: return "New" + std::string(name);
            case Use::changes: return std::string(name) + "Changes";
            case Use::changes_by_id: return std::string(name) + "ChangesById";
        }
        return {};
    }

    template <class T> std::string of(Use use) {
        if constexpr (is_optional<T>) {
            return R"({"anyOf":[)" + of<typename T::value_type>(use) + R"(,{"type":"null"}]})";
        } else if constexpr (is_vector<T>) {
            const auto limit = use == Use::answer ? "" : R"(,"maxItems":1000)";
            return R"({"type":"array","items":)" + of<typename T::value_type>(use) + limit + '}';
        } else if constexpr (std::is_same_v<T, std::map<std::string, std::int64_t>>) {
            return R"({"type":"object","additionalProperties":{"type":"integer"}})";
        } else if constexpr (std::is_same_v<T, bool>) {
            return R"({"type":"boolean"})";
        } else if constexpr (NamedEnum<T>) {
            std::string list;
            for (const auto name : names(T{})) list += (list.empty() ? "" : ",") + json::to_text(name);
            return R"({"type":"string","enum":[)" + list + "]}";
        } else if constexpr (std::is_same_v<T, Time>) {
            return R"({"type":"string","format":"date-time"})";
        } else if constexpr (TextLike<T>) {
            return '{' + std::string(T::schema) + '}';
        } else if constexpr (NumberLike<T>) {
            return '{' + T::schema() + '}';
        } else if constexpr (std::is_same_v<T, JsonObject>) {
            return R"({"type":"object","additionalProperties":true})";
        } else if constexpr (std::is_same_v<T, JsonValue>) {
            return "{}";
        } else if constexpr (std::is_integral_v<T>) {
            return R"({"type":"integer"})";
        } else if constexpr (std::is_floating_point_v<T>) {
            return R"({"type":"number"})";
        } else if constexpr (std::is_convertible_v<T, std::string_view>) {
            return R"({"type":"string"})";
        } else if constexpr (requires { T::schema_name; }) {
            const auto name = named(T::schema_name, use);
            const auto owner = owners_.emplace(name, typeid(T));
            ensure(owner.first->second == typeid(T), "a schema name belongs to one struct");
            if (owner.second) definitions_[name] = object<T>(use);
            return R"({"$ref":"#/components/schemas/)" + name + R"("})";
        } else {
            return object<T>(use);
        }
    }

    template <Described T> std::string object(Use use) {
        std::string properties;
        std::string required_names;
        if (use == Use::changes_by_id) {
            properties = R"("id":{"type":"string","description":"What to change."},)";
            required_names = R"("id",)";
        }
        add_members<T>(use, properties, required_names);
        if (!properties.empty()) properties.pop_back();
        if (!required_names.empty()) required_names.pop_back();
        std::string schema = R"({"type":"object","properties":{)" + properties + '}';
        if (!required_names.empty()) schema += R"(,"required":[)" + required_names + ']';
        return schema + '}';
    }

    template <Described T> void add_members(Use use, std::string& properties, std::string& required_names) {
        for_each_field<T>([&]<class F>(const F& field) {
            if constexpr (F::inlined) {
                add_members<typename F::Type>(use, properties, required_names);
            } else {
                if (field.is(internal) || !settable(use, field.is(server_set), field.is(fixed))) return;
                add_member<typename F::Type>(use, field.name, field.about, properties);
                if (use == Use::answer || (use == Use::creation && field.is(required))) {
                    json::append_string(required_names, field.name);
                    required_names += ',';
                }
                if (use != Use::answer && field.is(also_flat)) add_flat<typename F::Type>(use, field.name, properties);
            }
        });
    }

    static bool settable(Use use, bool by_server, bool at_creation) {
        if (use == Use::answer) return true;
        return !by_server && (use == Use::creation || !at_creation);
    }

    template <class T> void add_member(Use use, std::string_view name, std::string_view about,
                                       std::string& properties) {
        json::append_string(properties, name);
        properties += ':';
        auto schema = of<T>(use == Use::answer ? use : Use::creation);  // a change replaces a nested object whole
        schema.pop_back();
        properties += schema + (schema.size() > 1 ? R"(,"description":)" : R"("description":)");
        json::append_string(properties, about);
        properties += "},";
    }

    // The members of a nested object under their flat names (`zapiAgentId`).
    template <class T> void add_flat(Use use, std::string_view object, std::string& properties) {
        if constexpr (is_optional<T>) {
            if constexpr (Described<typename T::value_type>) {
                for_each_field<typename T::value_type>([&]<class F>(const F& member) {
                    if constexpr (!F::inlined) {
                        add_member<typename F::Type>(use, json::flat_name(object, member.name), member.about,
                                                     properties);
                    }
                });
            }
        }
    }

    std::map<std::string, std::string> definitions_;
    std::map<std::string, std::type_index> owners_;
};

}  // namespace etapa
