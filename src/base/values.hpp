#pragma once
// Value rules live in the type of a field: a `Name` cannot be blank, a `Within<1, 100>` cannot be 0. Reading JSON, the
// schema and the error text all come from here.

#include "base/id.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace etapa {

// Any text of at most `characters_max` characters, blank ones included.
template <std::size_t characters_max> struct Text {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    [[nodiscard]] bool blank() const { return is_blank(value); }
    static std::expected<Text, std::string> parse(std::string_view text) {
        if (text.size() > characters_max && count_characters(text) > characters_max) {
            return std::unexpected("must have at most " + std::to_string(characters_max) + " characters");
        }
        return Text{std::string(text)};
    }
    static constexpr std::string_view schema = R"("type":"string")";
    bool operator==(const Text&) const = default;
};

using ShortText = Text<500>;
using LongText = Text<100'000>;  // prompts and messages

// A title: not blank, at most 200 characters.
struct Name {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    static std::expected<Name, std::string> parse(std::string_view text);
    static constexpr std::string_view schema = R"("type":"string","minLength":1,"maxLength":200)";
    bool operator==(const Name&) const = default;
};

// An e-mail address: one `@` with something on both sides, no white space, at most 254 characters; kept in lower case.
struct Email {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    static std::expected<Email, std::string> parse(std::string_view text);
    static constexpr std::string_view schema = R"("type":"string","format":"email","maxLength":254)";
    bool operator==(const Email&) const = default;
};

// An absolute http or https address of at most 2,048 characters. Private addresses are refused (R31) by `check` of the
// noun that stores it, because operators may allow some.
struct Url {
    std::string value;

    [[nodiscard]] std::string_view text() const { return value; }
    [[nodiscard]] std::string host() const;  // as written, without brackets or port
    static std::expected<Url, std::string> parse(std::string_view text);
    static constexpr std::string_view schema = R"("type":"string","format":"uri","maxLength":2048)";
    bool operator==(const Url&) const = default;
};

// A JSON object kept as its text, for members whose inside the product does not look at.
struct JsonObject {
    std::string value = "{}";
    bool operator==(const JsonObject&) const = default;
};

// A JSON value of any kind, kept as its text.
struct JsonValue {
    std::string value = "null";
    bool operator==(const JsonValue&) const = default;
};

// A whole number from `min` to `max`; others are refused.
template <std::int64_t min, std::int64_t max> struct Within {
    std::int64_t value = min;

    [[nodiscard]] std::int64_t number() const { return value; }
    static std::expected<Within, std::string> from(std::int64_t number) {
        if (number < min || number > max) {
            return std::unexpected("must be a whole number from " + std::to_string(min) + " to " + std::to_string(max));
        }
        return Within{number};
    }
    static std::string schema() {
        return R"("type":"integer","minimum":)" + std::to_string(min) + R"(,"maximum":)" + std::to_string(max);
    }
    bool operator==(const Within&) const = default;
};

// A page size: below 1 is refused, above `max` means `max`, because clients ask for more than there can be.
template <std::int64_t max> struct AtMost {
    std::int64_t value = max;

    [[nodiscard]] std::int64_t number() const { return value; }
    static std::expected<AtMost, std::string> from(std::int64_t number) {
        if (number < 1) return std::unexpected("must be a whole number of at least 1");
        return AtMost{number < max ? number : max};
    }
    static std::string schema() { return R"("type":"integer","minimum":1)"; }
    bool operator==(const AtMost&) const = default;
};

}  // namespace etapa
