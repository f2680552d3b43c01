#include "api/upload.hpp"

#include "base/problem.hpp"
#include "base/text.hpp"
#include "net/multipart.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

constexpr std::size_t name_characters_max = 200;

std::string_view first_characters(std::string_view text, std::size_t count) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_start = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (is_start && count-- == 0) return text.substr(0, at);
    }
    return text;
}

// What stands after the last slash of either kind, without control characters, in at most 200 characters.
std::string plain_name(std::string_view sent) {
    if (!is_valid_text(sent)) return "file";
    std::string name(sent.substr(sent.find_last_of("/\\") + 1));
    std::erase_if(name, [](unsigned char c) { return c < ' ' || c == 0x7F; });
    name = trimmed(first_characters(name, name_characters_max));
    return name.empty() || name == "." || name == ".." ? "file" : name;
}

}  // namespace

Upload Upload::read(const net::Request& request) {
    if (request.content_type != "multipart/form-data") {
        throw Problem(415, "unsupported_media_type", "The file must be sent as 'Content-Type: multipart/form-data'.");
    }
    const auto form = net::parse_form(request.header("content-type"), request.body);
    if (!form) throw Problem(400, "invalid_request", "The body is not a valid form. " + form.error());
    const auto is_file = [](const net::FormPart& part) { return part.file_name.has_value(); };
    const auto file = std::ranges::find_if(*form, is_file);
    BadFields bad;
    if (file == form->end()) bad.add("file", "is required");
    if (std::ranges::count_if(*form, is_file) > 1) bad.add("file", "must be one; send each in a request of its own");
    if (file != form->end() && file->content.empty()) bad.add("file", "must not be empty");
    bad.refuse();
    if (file->content.size() > content_bytes_max) throw Problem(413, "body_too_large", "A file has at most 16 MiB.");
    return {plain_name(*file->file_name), file->content};
}

}  // namespace etapa::api
