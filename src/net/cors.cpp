#include "net/cors.hpp"

#include "net/reply.hpp"

#include <algorithm>
#include <utility>

namespace etapa::net {

Cors::Cors(std::vector<std::string> allowed_origins)
    : allowed_origins_(std::move(allowed_origins)), allows_every_origin_(allows("*")) {}

bool Cors::allows(std::string_view origin) const {
    return std::ranges::find(allowed_origins_, origin) != allowed_origins_.end();
}

bool Cors::answers(const Request& request) const {
    return request.method == Method::options && !allowed_origins_.empty() && !request.header("origin").empty() &&
           !request.header("access-control-request-method").empty();
}

void Cors::answer_preflight(const Request& request, Response& response) const {
    response.status = 204;
    response.route = "preflight";
    if (!allows_every_origin_ && !allows(request.header("origin"))) return;
    response.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    const auto wanted = request.header("access-control-request-headers");
    if (!wanted.empty()) response.headers.emplace_back("Access-Control-Allow-Headers", wanted);
}

void Cors::append_headers(std::string& head, const Request& request) const {
    if (allowed_origins_.empty()) return;
    if (!allows_every_origin_) append_header(head, "Vary", "Origin");
    const auto origin = request.header("origin");
    if (origin.empty() || (!allows_every_origin_ && !allows(origin))) return;
    append_header(head, "Access-Control-Allow-Origin", allows_every_origin_ ? "*" : origin);
    append_header(head, "Access-Control-Expose-Headers",
                  "X-Request-Id, Retry-After, Allow, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
                  "Idempotent-Replayed, Content-Disposition");
}

}  // namespace etapa::net
