// Forms with files. The first line of the input is the boundary, the rest the body. Whatever comes is refused or read;
// what was read lies within the body, and a form written from it is read the same.
#include "net/multipart.hpp"

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>

namespace {

using etapa::net::FormPart;
using etapa::net::parse_form;

void require(bool condition) {
    if (!condition) std::abort();
}

bool lies_within(std::string_view part, std::string_view whole) {
    const std::less_equal<> before;
    return before(whole.data(), part.data()) && before(part.data() + part.size(), whole.data() + whole.size());
}

// A boundary that stands nowhere in the contents, and fields without names, which the parser reads in many ways.
void check_again(const std::vector<FormPart>& parts) {
    const std::string mark = "--0123456789abcdef0123456789abcdef";
    std::string body;
    for (const auto& part : parts) {
        if (part.content.find(mark) != std::string_view::npos) return;
        body += mark + "\r\nContent-Disposition: form-data; name=\"\"\r\n\r\n" + std::string(part.content) + "\r\n";
    }
    body += mark + "--";
    const auto again = parse_form("multipart/form-data; boundary=" + mark.substr(2), body);
    require(again && again->size() == parts.size());
    for (std::size_t index = 0; index < parts.size(); ++index) {
        require((*again)[index].content == parts[index].content);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto line_end = text.find('\n');
    if (line_end == std::string::npos) return 0;
    const auto body = std::string_view(text).substr(line_end + 1);
    const auto form = parse_form("multipart/form-data; boundary=" + text.substr(0, line_end), body);
    if (!form) return 0;
    require(form->size() <= etapa::net::form_parts_max);
    for (const auto& part : *form) require(part.content.empty() || lies_within(part.content, body));
    check_again(*form);
    return 0;
}
