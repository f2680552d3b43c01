#pragma once
// Statements that are composed of literals and of the columns of a struct: composed once, and kept as long as the
// program runs, so that a connection finds the prepared statement by its address.

#include "base/fields.hpp"
#include "db/sql.hpp"

#include <string>
#include <string_view>

namespace etapa::db {

// Composes one from a literal.
using Composer = std::string (*)(std::string_view literal);

// What `compose` makes of the literal. Safe from any thread.
std::string_view composed_once(Sql literal, Composer compose);

// Replaces `{columns}` by the columns of T.
template <class T> std::string with_columns(std::string_view text) {
    std::string whole(text);
    if constexpr (Described<T>) {
        constexpr std::string_view token = "{columns}";
        const auto at = whole.find(token);
        if (at != std::string::npos) whole.replace(at, token.size(), column_list<T>());
    }
    return whole;
}

// These take the name of a table. The last two are for tables keyed by (organization_id, id).
template <Described T> std::string insertion(std::string_view table) {
    std::string list;
    for (int index = 1; index <= column_count<T>(); ++index)
        list.append(index > 1 ? ", $" : "$") += std::to_string(index);
    return "INSERT INTO " + std::string(table) + " (" + column_list<T>() + ") VALUES (" + list + ")";
}

template <Described T> std::string upsertion(std::string_view table) {
    std::string list;
    for_each_column<T>([&](const std::string& name, std::string_view) {
        if (name == "organization_id" || name == "id") return;
        list.append(list.empty() ? " SET " : ", ").append(name).append(" = excluded.") += name;
    });
    return insertion<T>(table) + " ON CONFLICT (organization_id, id) DO UPDATE" + list;
}

template <Described T> std::string alteration(std::string_view table) {
    std::string list;
    std::string organization;
    std::string id;
    int index = 0;
    for_each_column<T>([&](const std::string& name, std::string_view) {
        const auto bound = name + " = $" + std::to_string(++index);
        if (name == "organization_id") {
            organization = bound;
        } else if (name == "id") {
            id = bound;
        } else {
            list.append(list.empty() ? " SET " : ", ") += bound;
        }
    });
    return "UPDATE " + std::string(table) + list + " WHERE " + organization + " AND " + id;
}

}  // namespace etapa::db
