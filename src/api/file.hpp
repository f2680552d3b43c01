#pragma once
// An answer that is a file.

#include "net/http.hpp"

#include <array>
#include <string>
#include <string_view>

namespace etapa::api {

struct File {
    std::string name;
    std::string mime_type;
    std::string bytes;
    enum class Shown : bool { as_download, in_page } shown = Shown::as_download;

    static constexpr bool many_rows = true;
    static constexpr std::array<std::string_view, 1> media_types{"*/*"};

    // Files come from anybody, so nothing in them may act in this server's name: browsers take the type as it is said,
    // run no script of it, and store what they could run.
    void write(net::Response& response) const;
};

}  // namespace etapa::api
