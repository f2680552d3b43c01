#include "api/error_answer.hpp"

#include "base/json_write.hpp"

namespace etapa::api {
namespace {

// What stands in `error`: the sentence, or on some routes a literal that existing clients know (API fact 1.2, E1).
std::string_view error_of(const Problem& problem, const Route* route) {
    if (route == nullptr || !route->error_literals) return problem.sentence();
    switch (problem.status()) {
        case 400: return "INVALID_REQUEST";
        case 401: return "UNAUTHORIZED";
        case 404: return "NOT FOUND";
        case 406: return "ERR_META_SESSION_EXPIRED_24H";
        default: return problem.sentence();
    }
}

}  // namespace

void write_error(net::Response& response, const Problem& problem, const net::Request& request, const Route* route) {
    response.status = problem.status();
    response.content_type = "application/json; charset=utf-8";
    auto& out = response.body;
    out = R"({"error":)";
    json::append_string(out, error_of(problem, route));
    out += R"(,"message":)";
    json::append_string(out, problem.sentence());
    out += R"(,"code":)";
    json::append_string(out, problem.code());
    out += R"(,"fields":[)";
    for (const auto& field : problem.fields()) {
        if (out.back() == '}') out += ',';
        out += R"({"path":)";
        json::append_string(out, field.path);
        out += R"(,"message":)";
        json::append_string(out, field.message);
        out += '}';
    }
    out += R"(],"requestId":)";
    json::append_string(out, request.request_id);
    if (route != nullptr) out += route->error_members;
    out += '}';
}

}  // namespace etapa::api
