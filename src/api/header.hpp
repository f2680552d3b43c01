#pragma once
// A request header as a parameter of a handler: `const Header<"if-match">& version`.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace etapa::api {

// A literal as a template argument.
template <std::size_t size> struct Literal {
    consteval Literal(const char (&literal)[size]) {  // implicit: written as a string
        std::copy_n(static_cast<const char*>(literal), size, static_cast<char*>(characters));
    }
    char characters[size] = {};  // NOLINT(*-avoid-c-arrays): std::array's members may not be deduced from a literal
    [[nodiscard]] constexpr std::string_view text() const { return {static_cast<const char*>(characters), size - 1}; }
};

// `literal` in lower case.
template <Literal literal> struct Header {
    static constexpr std::string_view name = literal.text();
    std::optional<std::string> value;  // trimmed by the server
};

template <class T> struct IsHeader : std::false_type {};
template <Literal name> struct IsHeader<Header<name>> : std::true_type {};

}  // namespace etapa::api
