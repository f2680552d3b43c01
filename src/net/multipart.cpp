#include "net/multipart.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace etapa::net {
namespace {

constexpr std::size_t boundary_bytes_max = 70;
constexpr std::size_t head_bytes_max = 8'192;
constexpr std::string_view line_end = "\r\n";

using Failure = std::unexpected<std::string>;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool starts_with_word(std::string_view text, std::string_view lower_case) {
    return text.size() >= lower_case.size() &&
           std::ranges::equal(text.substr(0, lower_case.size()), lower_case, {}, lower);
}

void skip_spaces(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size())); }

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// A text in double quotes. A backslash stands before a quote or another backslash; before anything else it is itself,
// because browsers send file names so.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::string value;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '"') {
            text.remove_prefix(at + 1);
            return value;
        }
        const bool is_escape =
            text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
        if (is_escape) ++at;
        value += text[at];
    }
    return std::nullopt;
}

std::optional<std::string> take_value(std::string_view& text) {
    if (text.starts_with('"')) return take_quoted(text);
    const auto end = std::min(text.find_first_of("; \t\""), text.size());
    if (end == 0) return std::nullopt;
    std::string value(text.substr(0, end));
    text.remove_prefix(end);
    return value;
}

struct Parameter {
    std::string name;
    std::string value;
};

// `; name="a"; filename="b"` after the first word of a header.
std::optional<std::vector<Parameter>> parameters_of(std::string_view text) {
    std::vector<Parameter> parameters;
    for (skip_spaces(text); !text.empty(); skip_spaces(text)) {
        if (!take(text, ";")) return std::nullopt;
        skip_spaces(text);
        if (text.empty()) break;
        const auto equal_sign = text.find('=');
        if (equal_sign == std::string_view::npos) return std::nullopt;
        Parameter parameter;
        for (const char c : text.substr(0, equal_sign)) parameter.name += lower(c);
        text.remove_prefix(equal_sign + 1);
        auto value = take_value(text);
        if (!value) return std::nullopt;
        parameter.value = *std::move(value);
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

const std::string* value_of(const std::vector<Parameter>& parameters, std::string_view name) {
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    return found == parameters.end() ? nullptr : &found->value;
}

// Browsers write quotes and line ends in names so.
std::string without_percent_codes(std::string text) {
    constexpr std::array codes{std::pair("%22", '"'), std::pair("%0D", '\r'), std::pair("%0A", '\n')};
    for (const auto& [code, character] : codes) {
        for (auto at = text.find(code); at != std::string::npos; at = text.find(code, at + 1)) {
            text.replace(at, 3, 1, character);
        }
    }
    return text;
}

bool is_boundary_character(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

std::optional<std::string> boundary_of(std::string_view content_type) {
    if (!starts_with_word(content_type, "multipart/form-data")) return std::nullopt;
    const auto parameters = parameters_of(content_type.substr(std::string_view("multipart/form-data").size()));
    const auto* boundary = parameters ? value_of(*parameters, "boundary") : nullptr;
    if (boundary == nullptr || boundary->empty() || boundary->size() > boundary_bytes_max) return std::nullopt;
    if (!std::ranges::all_of(*boundary, is_boundary_character) || boundary->back() == ' ') return std::nullopt;
    return *boundary;
}

std::expected<void, std::string> read_header(std::string_view line, FormPart& part, bool& is_named) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return Failure("A header of a part has no colon.");
    if (colon != std::string_view("content-disposition").size() || !starts_with_word(line, "content-disposition")) {
        return {};
    }
    auto value = line.substr(colon + 1);
    skip_spaces(value);
    if (is_named || !starts_with_word(value, "form-data")) return Failure("A part is not a field of a form.");
    const auto parameters = parameters_of(value.substr(std::string_view("form-data").size()));
    const auto* name = parameters ? value_of(*parameters, "name") : nullptr;
    if (name == nullptr) return Failure("A part has no name.");
    is_named = true;
    part.name = without_percent_codes(*name);
    if (const auto* file_name = value_of(*parameters, "filename")) part.file_name = without_percent_codes(*file_name);
    return {};
}

// Takes the headers of a part from the front of `rest`, and the empty line after them.
std::expected<FormPart, std::string> take_head(std::string_view& rest) {
    FormPart part;
    bool is_named = false;
    const auto head = rest.substr(0, head_bytes_max);
    std::size_t at = 0;
    while (true) {
        const auto end = head.find(line_end, at);
        if (end == std::string_view::npos) return Failure("The headers of a part have no end, or are too large.");
        const auto line = head.substr(at, end - at);
        at = end + line_end.size();
        if (line.empty()) break;
        const auto read = read_header(line, part, is_named);
        if (!read) return Failure(read.error());
    }
    if (!is_named) return Failure("A part has no Content-Disposition.");
    rest.remove_prefix(at);
    return part;
}

}  // namespace

std::expected<std::vector<FormPart>, std::string> parse_form(std::string_view content_type, std::string_view body) {
    const auto boundary = boundary_of(content_type);
    if (!boundary) return Failure("The Content-Type names no boundary.");
    const std::string mark = "\r\n--" + *boundary;
    std::vector<FormPart> parts;
    auto rest = body;
    if (!take(rest, std::string_view(mark).substr(line_end.size()))) {
        return Failure("The body does not begin with the boundary.");
    }
    while (!take(rest, "--")) {
        skip_spaces(rest);
        if (!take(rest, line_end)) return Failure("A boundary is followed by something else.");
        if (parts.size() == form_parts_max) return Failure("The form has too many fields.");
        auto part = take_head(rest);
        if (!part) return Failure(part.error());
        const auto end = rest.find(mark);
        if (end == std::string_view::npos) return Failure("The body ends before its last boundary.");
        part->content = rest.substr(0, end);
        rest.remove_prefix(end + mark.size());
        parts.push_back(*std::move(part));
    }
    skip_spaces(rest);
    if (!rest.empty() && rest != line_end) return Failure("Something follows the last boundary.");
    return parts;
}

}  // namespace etapa::net
