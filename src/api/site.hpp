#pragma once
// Where this server is found from outside, as a parameter of a handler: `const Site& site`. The gate fills it in.

#include "net/http.hpp"

#include <string>
#include <string_view>

namespace etapa::api {

struct Site {
    std::string url;  // without a slash at its end

    // As the operator says (`--public-url`), or else as the client reached it.
    static Site of(std::string_view public_url, const net::Request& request) {
        if (!public_url.empty()) return {std::string(public_url)};
        return {std::string(request.scheme) + "://" + std::string(request.header("host"))};
    }
};

}  // namespace etapa::api
