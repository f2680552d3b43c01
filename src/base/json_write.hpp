#pragma once
// Appends values to JSON text, following their field tables. No tree is built: a reply is appended to one reused
// buffer, because building a tree costs more than all the rest of reading a record (perf.md 2).

#include "base/fields.hpp"
#include "base/values.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace etapa::json {

void append_string(std::string& out, std::string_view text);
void append_number(std::string& out, std::int64_t number);
void append_number(std::string& out, double number);

// `"name":`; a member's name has nothing to escape.
inline void append_name(std::string& out, std::string_view name) {
    out += '"';
    out += name;
    out += "\":";
}

// The name under which a nested member also stands flat beside its object: `zapi` and `agentId` give `zapiAgentId`.
std::string flat_name(std::string_view object, std::string_view member);

// An object with a number for each name.
void append_counts(std::string& out, const std::map<std::string, std::int64_t>& counts);

template <class T> void append(std::string& out, const T& value);

// Appends the members of `value`, each followed by a comma.
template <Described T> void append_members(std::string& out, const T& value) {
    for_each_field<T>([&](const auto& field) {
        if constexpr (std::decay_t<decltype(field)>::inlined) {
            append_members(out, value.*field.member);
        } else {
            if (field.is(internal)) return;
            append_name(out, field.name);
            append(out, value.*field.member);
            out += ',';
        }
    });
}

template <class T> void append(std::string& out, const T& value) {
    if constexpr (is_optional<T>) {
        value ? append(out, *value) : void(out += "null");
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::int64_t>>) {
        append_counts(out, value);
    } else if constexpr (is_vector<T>) {
        out += '[';
        for (const auto& item : value) {
            append(out, item);
            out += ',';
        }
        if (out.back() == ',') out.pop_back();
        out += ']';
    } else if constexpr (std::is_same_v<T, bool>) {
        out += value ? "true" : "false";
    } else if constexpr (NamedEnum<T>) {
        append_string(out, name_of(value));
    } else if constexpr (std::is_same_v<T, Time>) {
        out += '"';
        append_iso8601(out, value);
        out += '"';
    } else if constexpr (TextLike<T>) {
        append_string(out, value.text());
    } else if constexpr (NumberLike<T>) {
        append_number(out, value.number());
    } else if constexpr (std::is_same_v<T, JsonObject> || std::is_same_v<T, JsonValue>) {
        out += value.value;
    } else if constexpr (std::is_integral_v<T>) {
        append_number(out, std::int64_t{value});
    } else if constexpr (std::is_floating_point_v<T>) {
        append_number(out, double{value});
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
        append_string(out, value);
    } else {
        static_assert(Described<T>, "this type has no JSON form: give it fields(), text() or number()");
        out += '{';
        append_members(out, value);
        if (out.back() == ',') out.pop_back();
        out += '}';
    }
}

template <class T> std::string to_text(const T& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace etapa::json
