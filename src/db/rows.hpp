#pragma once
// Between entities and columns: which columns a struct has, how its members become values, how a row becomes a struct.
// Everything follows the struct's field table. Nested structs and lists are stored as JSON text.

#include "base/fields.hpp"
#include "base/json_read.hpp"
#include "base/json_write.hpp"
#include "base/values.hpp"
#include "db/connection.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace etapa::db {

// `defaultAiControl` is the column `default_ai_control`.
std::string snake_case(std::string_view camel_case);

template <class T> Value to_value(const T& value) {
    if constexpr (is_optional<T>) {
        return value ? to_value(*value) : Value{};
    } else if constexpr (std::is_same_v<T, bool>) {
        return value;
    } else if constexpr (NamedEnum<T>) {
        return name_of(value);
    } else if constexpr (std::is_same_v<T, Bytes>) {
        return std::as_bytes(std::span(value.value));
    } else if constexpr (std::is_same_v<T, Time>) {
        return value.milliseconds;
    } else if constexpr (TextLike<T>) {
        return value.text();
    } else if constexpr (NumberLike<T>) {
        return value.number();
    } else if constexpr (std::is_same_v<T, JsonObject> || std::is_same_v<T, JsonValue>) {
        return std::string_view(value.value);
    } else if constexpr (std::is_integral_v<T>) {
        return std::int64_t{value};
    } else if constexpr (std::is_floating_point_v<T>) {
        return double{value};
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
        return std::string_view(value);
    } else {
        return json::to_text(value);
    }
}

template <class T> T from_json_text(std::string_view text) {
    BadFields bad;
    auto value = json::read<T>(boost::json::parse({text.data(), text.size()}), json::Source::body, "", bad);
    ensure(value && bad.empty(), "what was written as JSON can be read again");
    return *std::move(value);
}

template <class T> T from_column(const Row& row, int column) {
    if constexpr (is_optional<T>) {
        if (row.is_null(column)) return {};
        return from_column<typename T::value_type>(row, column);
    } else if constexpr (std::is_same_v<T, bool>) {
        return row.boolean(column);
    } else if constexpr (NamedEnum<T>) {
        const auto value = enum_from<T>(row.text(column));
        ensure(value.has_value(), "a stored enum has one of its texts");
        return *value;
    } else if constexpr (std::is_same_v<T, Bytes>) {
        const auto bytes = row.bytes(column);
        return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
    } else if constexpr (std::is_same_v<T, Time>) {
        return {row.integer(column)};
    } else if constexpr (TextLike<T> || std::is_same_v<T, JsonObject> || std::is_same_v<T, JsonValue>) {
        return {std::string(row.text(column))};
    } else if constexpr (NumberLike<T>) {
        return {row.integer(column)};
    } else if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(row.integer(column));
    } else if constexpr (std::is_floating_point_v<T>) {
        return row.real(column);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return std::string(row.text(column));
    } else {
        return from_json_text<T>(row.text(column));
    }
}

// Calls `each(field)` for every stored column of T, those of inlined structs in their place.
template <Described T, class F> void for_each_column(F&& each, std::string_view alias = {}) {
    for_each_field<T>([&]<class Entry>(const Entry& field) {
        if constexpr (Entry::inlined) {
            using Nested = typename Entry::Type;
            if constexpr (is_optional<Nested>) {
                for_each_column<typename Nested::value_type>(each, field.alias);
            } else {
                for_each_column<Nested>(each, field.alias);
            }
        } else if (!field.is(unstored)) {
            each(field.column.empty() ? snake_case(field.name) : std::string(field.column), alias);
        }
    });
}

// The columns of T in the order of its fields, as they stand after SELECT.
template <Described T> const std::string& column_list() {
    static const std::string list = [] {
        std::string columns;
        for_each_column<T>([&](const std::string& name, std::string_view alias) {
            if (!columns.empty()) columns += ", ";
            if (!alias.empty()) columns += std::string(alias) + '.';
            columns += name;
        });
        return columns;
    }();
    return list;
}

template <Described T> constexpr int column_count() {
    int count = 0;
    for_each_field<T>([&]<class Entry>(const Entry& field) {
        if constexpr (Entry::inlined) {
            using Nested = typename Entry::Type;
            if constexpr (is_optional<Nested>) {
                count += column_count<typename Nested::value_type>();
            } else {
                count += column_count<Nested>();
            }
        } else if (!field.is(unstored)) {
            ++count;
        }
    });
    return count;
}

template <Described T> void read_columns(const Row& row, int& column, T& into) {
    for_each_field<T>([&]<class Entry>(const Entry& field) {
        using Type = typename Entry::Type;
        if constexpr (Entry::inlined && is_optional<Type>) {
            using Nested = typename Type::value_type;
            if (row.is_null(column)) {
                column += column_count<Nested>();
            } else {
                read_columns(row, column, (into.*field.member).emplace());
            }
        } else if constexpr (Entry::inlined) {
            read_columns(row, column, into.*field.member);
        } else if (!field.is(unstored)) {
            into.*field.member = from_column<Type>(row, column++);
        }
    });
}

// A row as a struct (by its field table), a tuple (column by column) or a single value (the first column).
template <class T> struct FromRow {
    static T read(const Row& row) {
        if constexpr (Described<T>) {
            T value;
            int column = 0;
            read_columns(row, column, value);
            return value;
        } else {
            return from_column<T>(row, 0);
        }
    }
};

template <class... Parts> struct FromRow<std::tuple<Parts...>> {
    static std::tuple<Parts...> read(const Row& row) {
        return [&]<std::size_t... column>(std::index_sequence<column...>) {
            return std::tuple<Parts...>(from_column<Parts>(row, static_cast<int>(column))...);
        }(std::index_sequence_for<Parts...>());
    }
};

}  // namespace etapa::db
