#pragma once
// Reads JSON into structs, following their field tables, and collects *every* bad member with its path. Members that
// the table does not know are tolerated, because existing clients send them.

#include "base/fields.hpp"
#include "base/json_write.hpp"
#include "base/problem.hpp"
#include "base/values.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace etapa::json {

// Where the values come from. In a query string everything is text, so `5` and `true` are read out of text there.
enum class Source : std::uint8_t { body, query };

// Parses a request body; a Problem 400 that says where when it is not JSON, holds invalid Unicode or is not an object.
boost::json::object parse_object(std::string_view text);

// The readers of single values: an empty optional says that `bad` was told.
std::optional<std::string> read_text(const boost::json::value& from, const std::string& path, BadFields& bad);
std::optional<bool> read_bool(const boost::json::value& from, Source source, const std::string& path, BadFields& bad);
std::optional<std::int64_t> read_integer(const boost::json::value& from, Source source, const std::string& path,
                                         BadFields& bad);
std::optional<double> read_double(const boost::json::value& from, Source source, const std::string& path,
                                  BadFields& bad);
std::optional<std::string> read_json(const boost::json::value& from, const std::string& path, BadFields& bad);

// Null, or the text "null" that some clients send for a cleared enum, id or number (API fact 15.20).
template <class T> bool reads_as_null(const boost::json::value& from) {
    if (from.is_null()) return true;
    constexpr bool closed_set = !(std::is_same_v<T, std::string> || Described<T> || is_vector<T>) &&
                                (NamedEnum<T> || NumberLike<T> || std::is_arithmetic_v<T> || requires { T{}.empty(); });
    return closed_set && from.is_string() && from.get_string() == "null";
}

template <class T>
std::optional<T> read(const boost::json::value& from, Source source, const std::string& path, BadFields& bad);

template <Described T>
void read_members(const boost::json::object& from, Source source, const std::string& prefix, T& into, BadFields& bad);

template <class T, class Parsed>
std::optional<T> kept(Parsed&& parsed, const std::string& path, BadFields& bad) {
    if (parsed) return *std::forward<Parsed>(parsed);
    bad.add(path, parsed.error());
    return std::nullopt;
}

template <NamedEnum T>
std::optional<T> read_enum(const boost::json::value& from, const std::string& path, BadFields& bad) {
    if (from.is_string()) {
        const auto& text = from.get_string();
        if (const auto value = enum_from<T>({text.data(), text.size()})) return value;
    }
    std::string expected = "must be one of";
    for (const auto name : names(T{})) expected += ' ' + std::string(name) + ',';
    expected.pop_back();
    bad.add(path, std::move(expected));
    return std::nullopt;
}

template <class Item>
std::optional<std::vector<Item>> read_list(const boost::json::value& from, Source source, const std::string& path,
                                           BadFields& bad) {
    constexpr std::size_t items_max = 1'000;
    if (source == Source::query && from.is_string()) {
        auto one = read<Item>(from, source, path, bad);
        return one ? std::optional(std::vector<Item>{*std::move(one)}) : std::nullopt;
    }
    if (!from.is_array() || from.get_array().size() > items_max) {
        bad.add(path, "must be a list of at most 1000 items");
        return std::nullopt;
    }
    std::vector<Item> items;
    for (std::size_t index = 0; index < from.get_array().size(); ++index) {
        auto item = read<Item>(from.get_array()[index], source, path + '.' + std::to_string(index), bad);
        if (item) items.push_back(*std::move(item));
    }
    return items;
}

template <class T>
std::optional<T> read(const boost::json::value& from, Source source, const std::string& path, BadFields& bad) {
    if constexpr (is_optional<T>) {
        if (reads_as_null<typename T::value_type>(from)) return T{};
        auto value = read<typename T::value_type>(from, source, path, bad);
        return value ? std::optional<T>(std::move(value)) : std::nullopt;
    } else if constexpr (is_vector<T>) {
        return read_list<typename T::value_type>(from, source, path, bad);
    } else if constexpr (std::is_same_v<T, bool>) {
        return read_bool(from, source, path, bad);
    } else if constexpr (NamedEnum<T>) {
        return read_enum<T>(from, path, bad);
    } else if constexpr (std::is_same_v<T, Time>) {
        const auto text = read_text(from, path, bad);
        const auto time = text ? parse_time(*text) : std::nullopt;
        if (text && !time) bad.add(path, "must be a date and time such as 2026-02-20T14:15:00.000Z");
        return time;
    } else if constexpr (TextLike<T>) {
        const auto text = read_text(from, path, bad);
        return text ? kept<T>(T::parse(*text), path, bad) : std::nullopt;
    } else if constexpr (NumberLike<T>) {
        const auto number = read_integer(from, source, path, bad);
        return number ? kept<T>(T::from(*number), path, bad) : std::nullopt;
    } else if constexpr (std::is_same_v<T, JsonObject>) {
        if (from.is_object()) {
            auto text = read_json(from, path, bad);
            return text ? std::optional(JsonObject{*std::move(text)}) : std::nullopt;
        }
        bad.add(path, "must be an object");
        return std::nullopt;
    } else if constexpr (std::is_same_v<T, JsonValue>) {
        auto text = read_json(from, path, bad);
        return text ? std::optional(JsonValue{*std::move(text)}) : std::nullopt;
    } else if constexpr (std::is_integral_v<T>) {
        return read_integer(from, source, path, bad);
    } else if constexpr (std::is_floating_point_v<T>) {
        return read_double(from, source, path, bad);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return read_text(from, path, bad);
    } else {
        static_assert(Described<T>, "this type cannot be read from JSON");
        if (!from.is_object()) {
            bad.add(path, "must be an object");
            return std::nullopt;
        }
        T value;
        read_members(from.get_object(), source, path + '.', value, bad);
        return value;
    }
}

// Reads the members of a whole request into `into`; an absent member keeps its default, unless it is `required`. A null
// for a member that cannot be null counts as absent.
template <Described T>
void read_members(const boost::json::object& from, Source source, const std::string& prefix, T& into, BadFields& bad) {
    for_each_field<T>([&]<class F>(const F& field) {
        if constexpr (!F::inlined) {
            using Type = typename F::Type;
            if (field.is(server_set) || field.is(internal)) return;
            const auto path = prefix + std::string(field.name);
            const auto* value = from.if_contains(field.name);
            if (value != nullptr && !(value->is_null() && !is_optional<Type>)) {
                if (auto read_value = read<Type>(*value, source, path, bad))
                    into.*field.member = *std::move(read_value);
            } else if (field.is(required)) {
                bad.add(path, "is required");
            }
        }
    });
}

// Reads the flat spellings of the nested object `field`, and hands each as a change of that object to `each`.
template <class Nested, class F>
void read_flat(const boost::json::object& from, std::string_view object, BadFields& bad, F&& each) {
    for_each_field<Nested>([&](const auto& member) {
        const auto path = flat_name(object, member.name);
        const auto* value = from.if_contains(path);
        if (value == nullptr) return;
        using Type = typename std::decay_t<decltype(member)>::Type;
        if (auto read_value = read<Type>(*value, Source::body, path, bad)) {
            each([pointer = member.member, read_value = *std::move(read_value)](Nested& nested) {
                nested.*pointer = read_value;
            });
        }
    });
}

}  // namespace etapa::json
