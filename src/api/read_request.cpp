#include "api/read_request.hpp"

#include "base/text.hpp"
#include "net/uri.hpp"

namespace etapa::api {

Problem not_unicode(std::string_view where) {
    return {400, "invalid_request", "The " + std::string(where) + " is not validly encoded Unicode text."};
}

boost::json::object read_query(std::string_view text) {
    const auto pairs = net::parse_query(text);
    if (!pairs) throw not_unicode("query string");
    boost::json::object query;
    for (const auto& [name, value] : *pairs) {
        if (!is_valid_text(name) || !is_valid_text(value)) throw not_unicode("query string");
        auto& member = query[name];
        if (member.is_null()) {
            member = value;
        } else if (member.is_array()) {
            member.get_array().emplace_back(value);
        } else {
            member = boost::json::array{member, boost::json::value(value)};
        }
    }
    return query;
}

boost::json::object read_body(const net::Request& request, const Route& route) {
    if (route.body_bytes_max != 0) return {};  // no JSON: an upload, which reads itself
    if (!request.has_body || request.method == net::Method::get || request.method == net::Method::head) return {};
    if (request.content_type != "application/json") {
        throw Problem(415, "unsupported_media_type", "The body must be sent with 'Content-Type: application/json'.");
    }
    return json::parse_object(request.body);
}

}  // namespace etapa::api
