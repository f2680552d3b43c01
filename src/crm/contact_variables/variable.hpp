#pragma once
// A named value of any kind that belongs to a contact, set by a person or by the AI. Fields: API fact 2.11.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

#include <array>

namespace etapa {

enum class VariableSource : std::uint8_t { human, ai };
constexpr auto names(VariableSource) { return std::to_array<std::string_view>({"human", "ai"}); }

// A name of 1 to 100 characters. Those that begin with `_` are the server's own.
struct VariableKey {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    static std::expected<VariableKey, std::string> parse(std::string_view text) {
        constexpr std::size_t characters_max = 100;
        if (is_blank(text)) return std::unexpected("must not be blank");
        if (text.starts_with('_')) return std::unexpected("must not begin with _");
        if (count_characters(text) > characters_max) return std::unexpected("must have at most 100 characters");
        return VariableKey{std::string(text)};
    }
    static constexpr std::string_view schema = R"("type":"string","minLength":1,"maxLength":100,"pattern":"^[^_]")";
    bool operator==(const VariableKey&) const = default;
};

struct ContactVariable {
    VariableKey var_name;
    JsonValue var_value;
    VariableSource source = VariableSource::human;

    static constexpr std::string_view schema_name = "ContactVariable";
    static consteval auto fields() {
        return describe(field("varName", &ContactVariable::var_name, "Name, unique within the contact."),
                        field("varValue", &ContactVariable::var_value, "Value, of any kind."),
                        field("source", &ContactVariable::source, "Who set it."));
    }
};

}  // namespace etapa
