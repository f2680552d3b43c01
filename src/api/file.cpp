#include "api/file.hpp"

#include "net/uri.hpp"

namespace etapa::api {

void File::write(net::Response& response) const {
    response.content_type = mime_type;
    response.body = bytes;
    auto& headers = response.headers;
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    headers.emplace_back("Cache-Control", "private, max-age=86400");
    headers.emplace_back("Cross-Origin-Resource-Policy", "cross-origin");  // an inbox elsewhere may show the picture
    headers.emplace_back("Referrer-Policy", "no-referrer");                // the address is the permission to read
    // A sandbox would keep browsers from showing PDF at all; they run nothing of it in the name of the page.
    if (mime_type != "application/pdf") {
        headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
    }
    const std::string_view disposition = shown == Shown::in_page ? "inline" : "attachment";
    headers.emplace_back("Content-Disposition",
                         std::string(disposition) + "; filename*=UTF-8''" + net::encode_segment(name));
}

}  // namespace etapa::api
