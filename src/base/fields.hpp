#pragma once
// A struct describes its members once, in a static function `fields()`. Reading JSON, writing JSON, JSON Schema, SQL
// columns and row decoding all follow that table (DESIGN 7). A member without an entry does not compile.

#include <boost/pfr/tuple_size.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace etapa {

// What a member may be used for. Without a role it is read, written and stored.
enum class Role : std::uint8_t {
    none = 0,
    server_set = 1,  // clients cannot set it; ignored in requests
    fixed = 2,       // settable at creation only
    required = 4,    // must be present at creation
    internal = 8,    // stored, but never in JSON
    unstored = 16,   // in JSON, but not a column
    also_flat = 32,  // a nested object whose members may also come flat: `zapi.agentId` as `zapiAgentId`
};

constexpr Role operator|(Role left, Role right) {
    return static_cast<Role>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}
constexpr bool has(Role roles, Role wanted) {
    return (static_cast<unsigned>(roles) & static_cast<unsigned>(wanted)) != 0;
}

inline constexpr Role server_set = Role::server_set;
inline constexpr Role fixed = Role::fixed;
inline constexpr Role required = Role::required;
inline constexpr Role internal = Role::internal;
inline constexpr Role unstored = Role::unstored;
inline constexpr Role also_flat = Role::also_flat;

// Names the SQL column where it is not the JSON name in snake_case (`index` is an SQL keyword).
struct Column {
    std::string_view name;
};
consteval Column column(std::string_view name) { return {name}; }

template <class Struct, class Member> struct Field {
    using Type = Member;
    static constexpr bool inlined = false;
    std::string_view name;  // in JSON
    Member Struct::* member;
    std::string_view about;
    Role roles = Role::none;
    std::string_view column;  // empty: from the name

    [[nodiscard]] constexpr bool is(Role role) const { return has(roles, role); }

    consteval Field with(Role role) const { return {name, member, about, roles | role, column}; }
    consteval Field with(Column other) const { return {name, member, about, roles, other.name}; }
};

template <class Struct, class Member, class... Options>
consteval auto field(std::string_view name, Member Struct::* member, std::string_view about, Options... options) {
    Field<Struct, Member> described{name, member, about, Role::none, {}};
    ((described = described.with(options)), ...);
    return described;
}

template <class Struct, class Member> struct InlinedField {
    using Type = Member;
    static constexpr bool inlined = true;
    Member Struct::* member;
    std::string_view alias;  // in SQL
};

// The members of a nested struct, standing among those of its owner. `alias` is the table alias that its columns carry
// in a joined statement. A `std::optional` of a struct is empty when the first column of the nested one is NULL.
template <class Struct, class Member> consteval auto spread(Member Struct::* member, std::string_view alias = {}) {
    return InlinedField<Struct, Member>{member, alias};
}

template <class... Fields> struct FieldTable {
    std::tuple<Fields...> fields;
};

template <class... Fields> consteval auto describe(Fields... fields) {
    return FieldTable<Fields...>{std::tuple<Fields...>(fields...)};
}

template <class T>
concept Described = requires { T::fields(); };

// Calls `each` with every field of T, in order.
template <Described T, class F> constexpr void for_each_field(F&& each) {
    static constexpr auto table = T::fields();
    static_assert(std::tuple_size_v<decltype(table.fields)> == boost::pfr::tuple_size_v<T>,
                  "fields() must list every member of the struct exactly once");
    std::apply([&](const auto&... field) { (each(field), ...); }, table.fields);
}

template <class T> struct IsOptional : std::false_type {};
template <class T> struct IsOptional<std::optional<T>> : std::true_type {};
template <class T> inline constexpr bool is_optional = IsOptional<T>::value;

template <class T> struct IsVector : std::false_type {};
template <class T> struct IsVector<std::vector<T>> : std::true_type {};
template <class T> inline constexpr bool is_vector = IsVector<T>::value;

// A value that is a text with a rule: ids, names, addresses. `parse` says what was expected when it refuses.
template <class T>
concept TextLike = requires(const T& value, std::string_view text) {
    { value.text() } -> std::convertible_to<std::string_view>;
    { T::parse(text) } -> std::same_as<std::expected<T, std::string>>;
    { T::schema } -> std::convertible_to<std::string_view>;
};

// A whole number with a rule.
template <class T>
concept NumberLike = requires(const T& value, std::int64_t number) {
    { value.number() } -> std::convertible_to<std::int64_t>;
    { T::from(number) } -> std::same_as<std::expected<T, std::string>>;
    { T::schema() } -> std::convertible_to<std::string>;
};

// An enum that lists its texts, in the order of its values, in a function `names(Enum)` beside it.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value) { names(value); };

template <NamedEnum T> constexpr std::string_view name_of(T value) {
    return names(value)[static_cast<std::size_t>(value)];
}

template <NamedEnum T> constexpr std::optional<T> enum_from(std::string_view text) {
    constexpr auto all = names(T{});
    for (std::size_t index = 0; index < all.size(); ++index) {
        if (all[index] == text) return static_cast<T>(index);
    }
    return std::nullopt;
}

}  // namespace etapa
