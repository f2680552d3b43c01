#pragma once
// What a file contains, told from its first bytes. The name and the type that came with it are not asked.

#include <string_view>

namespace etapa::blobs {

// A media type: `image/png`; `text/plain` for readable text, `application/octet-stream` for all that is not known.
std::string_view sniff(std::string_view bytes);

// Whether a browser may show a file of this type in a page of this server. It could run what others contain.
bool is_harmless(std::string_view mime_type);

}  // namespace etapa::blobs
