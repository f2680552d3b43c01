#include "base/json_write.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace etapa::json {
namespace {

template <class Number> void append_with_to_chars(std::string& out, Number number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4U];
            out += hex[static_cast<unsigned char>(c) & 0xFU];
    }
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain_from = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, plain_from, at - plain_from);
        append_escaped(out, c);
        plain_from = at + 1;
    }
    out.append(text, plain_from);
    out += '"';
}

void append_number(std::string& out, std::int64_t number) { append_with_to_chars(out, number); }

// JSON has no infinity and no NaN; null is what JavaScript writes for them.
void append_number(std::string& out, double number) {
    std::isfinite(number) ? append_with_to_chars(out, number) : void(out += "null");
}

std::string flat_name(std::string_view object, std::string_view member) {
    std::string name(object);
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(member.front())));
    name += member.substr(1);
    return name;
}

void append_counts(std::string& out, const std::map<std::string, std::int64_t>& counts) {
    out += '{';
    for (const auto& [name, count] : counts) {
        append_string(out, name);
        out += ':';
        append_number(out, count);
        out += ',';
    }
    out.back() == ',' ? void(out.back() = '}') : void(out += '}');
}

}  // namespace etapa::json
