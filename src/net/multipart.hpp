#pragma once
// Reads the body of a form with files (multipart/form-data, RFC 7578). Strict: what browsers, curl and HTTP libraries
// send is read, and everything else is refused rather than guessed. No library of Debian does this alone.

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::net {

// A field of the form. The views last as long as the body.
struct FormPart {
    std::string name;
    std::optional<std::string> file_name;  // of fields that are files; as sent, never a path to use
    std::string_view content;
};

inline constexpr std::size_t form_parts_max = 32;

// The fields in their order, or a sentence about what is wrong. `content_type` is the value of the request's header.
std::expected<std::vector<FormPart>, std::string> parse_form(std::string_view content_type, std::string_view body);

}  // namespace etapa::net
