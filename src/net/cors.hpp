#pragma once
// Cross-origin rules: which web pages may call the API from a browser, and the answer to the browser's question before
// it does (the preflight). Keys travel in a header and never in cookies, so credentials are not allowed.

#include "net/http.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace etapa::net {

class Cors {
public:
    // `*` allows every origin; an empty list sends no such header at all.
    explicit Cors(std::vector<std::string> allowed_origins);

    [[nodiscard]] bool answers(const Request& request) const;
    void answer_preflight(const Request& request, Response& response) const;
    // The headers that let a page of the request's origin read the answer.
    void append_headers(std::string& head, const Request& request) const;

private:
    [[nodiscard]] bool allows(std::string_view origin) const;

    std::vector<std::string> allowed_origins_;
    bool allows_every_origin_;
};

}  // namespace etapa::net
