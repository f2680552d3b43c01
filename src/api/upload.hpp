#pragma once
// A file in the body of a request, as a parameter of a handler: `const Upload& file`. Its route takes
// multipart/form-data and larger bodies than others.

#include "net/http.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace etapa::api {

struct Upload {
    std::string name;          // without folders, never empty
    std::string_view content;  // lies in the request

    static constexpr std::size_t content_bytes_max = 16UL * 1024 * 1024;
    static constexpr std::size_t body_bytes_max = content_bytes_max + 65'536;  // with the other parts of the form
    static constexpr std::string_view schema =
        R"({"type":"object","required":["file"],"properties":{"file":{"type":"string","format":"binary",)"
        R"("description":"The file, of at most 16 MiB."}}})";

    // Throws the 415 for another type of body, the 400 for a form that is none or has not exactly one file, and the
    // 413.
    static Upload read(const net::Request& request);
};

}  // namespace etapa::api
