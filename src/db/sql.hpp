#pragma once
// Statement text. It is a literal, or composed of literals; text built at run time does not compile, so no value can
// ever become part of a statement.

#include "db/rows.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etapa {

// A literal in the common language of docs/sql.md. `{columns}` stands for the columns of the struct that is read.
class Sql {
public:
    template <std::size_t size>
    consteval Sql(const char (&literal)[size])
        : text_(literal, size - 1) {}  // implicit: literals are passed as they are
    [[nodiscard]] constexpr std::string_view text() const { return text_; }

private:
    std::string_view text_;
};

// A statement composed of literal fragments, each followed by a bound value: for optional filters.
class Query {
public:
    explicit Query(Sql start) : text_(start.text()) {}

    Query& add(Sql fragment) {
        text_ += fragment.text();
        return *this;
    }

    template <class T> Query& add(Sql fragment, const T& value) {
        text_ += fragment.text();
        bind(value);
        return *this;
    }

    // Adds nothing when the value is absent.
    template <class T> Query& add_if(Sql fragment, const std::optional<T>& value) {
        return value ? add(fragment, *value) : *this;
    }

    // `fragment ($3, $4, …)`. The list is padded to a power of two with its last value, so that few different texts
    // have to be prepared; an empty list matches nothing.
    template <class T> Query& add_list(Sql fragment, const std::vector<T>& values) {
        text_ += fragment.text();
        text_ += " (";
        std::size_t padded = 1;
        while (padded < values.size()) padded *= 2;
        for (std::size_t index = 0; index < padded; ++index) {
            if (index > 0) text_ += ", ";
            values.empty() ? void(text_ += "NULL") : bind(values[std::min(index, values.size() - 1)]);
        }
        text_ += ')';
        return *this;
    }

    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::span<const db::Value> values() const { return values_; }

private:
    template <class T> void bind(const T& value) {
        db::Value bound = db::to_value(value);
        // The query may outlive what it was given, so it owns its texts.
        if (const auto* view = std::get_if<std::string_view>(&bound)) bound = std::string(*view);
        values_.push_back(std::move(bound));
        text_ += '$' + std::to_string(values_.size());
    }

    std::string text_;
    std::vector<db::Value> values_;
};

}  // namespace etapa
