#include "api/openapi.hpp"

#include "base/json_pretty.hpp"
#include "base/version.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>

namespace etapa::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::string_view about_the_api =
    "Conversations, the scenarios they move through, and everything that happens on the way. Every path also answers "
    "under the prefix /api. Send the key as `Authorization: Bearer <key>` and bodies as application/json. Members and "
    "query parameters that are not described here are ignored; for enums, ids, times and numbers the text `null` reads "
    "as null. Every answer carries X-Request-Id.";

struct BadMember {
    std::string path;
    std::string message;

    static consteval auto fields() {
        return describe(field("path", &BadMember::path, "The member's name in the request, dotted for nested ones."),
                        field("message", &BadMember::message, "What was expected."));
    }
};

// The body of every error (DESIGN 8).
struct ErrorBody {
    std::string error;
    std::string message;
    std::string code;
    std::vector<BadMember> bad;
    std::string request_id;

    static constexpr std::string_view schema_name = "Error";
    static consteval auto fields() {
        return describe(field("error", &ErrorBody::error, "What is wrong, in a sentence; on some routes a literal."),
                        field("message", &ErrorBody::message, "What is wrong, in a sentence."),
                        field("code", &ErrorBody::code, "What is wrong, for programs: stable snake_case."),
                        field("fields", &ErrorBody::bad, "Every bad member of the request."),
                        field("requestId", &ErrorBody::request_id, "Finds the request in the server's log."));
    }
};

struct ErrorKind {
    int status;
    std::string_view name;  // of the shared answer
    std::string_view about;
    std::string_view header = {};
    std::string_view header_about = {};
};

constexpr std::array error_kinds{
    ErrorKind{400, "BadRequest", "The request is not valid; `fields` names every bad member."},
    ErrorKind{401, "Unauthorized", "No key was sent, or a wrong, expired or revoked one."},
    ErrorKind{403, "Forbidden", "The provider does not know the token of the channel."},
    ErrorKind{404, "NotFound", "What the call acts on is unknown to the organization of the key."},
    ErrorKind{405, "MethodNotAllowed", "The path takes other methods.", "Allow", "The methods that the path takes."},
    ErrorKind{406, "OutsideWindow", "The channel takes no message now: the end user has been silent for 24 hours."},
    ErrorKind{409, "Conflict", "The change contradicts what is stored."},
    ErrorKind{412, "PreconditionFailed", "It was changed since the version that If-Match names."},
    ErrorKind{413, "BodyTooLarge", "The body is larger than 1 MiB."},
    ErrorKind{415, "UnsupportedMediaType", "The body is not application/json."},
    ErrorKind{422, "IdempotencyMismatch", "The Idempotency-Key was used for another request."},
    ErrorKind{429, "RateLimited", "The key has made too many requests in this minute.", "Retry-After",
              "Seconds to wait before trying again."},
    ErrorKind{503, "StoreUnavailable", "The store cannot take this now; nothing was changed.", "Retry-After",
              "Seconds to wait before trying again."},
};

const ErrorKind& kind_of(int status) { return *std::ranges::find(error_kinds, status, &ErrorKind::status); }

object parsed(const std::string& text) { return boost::json::parse(text).as_object(); }

object content_of(std::string_view media_type, object schema) {
    return {{media_type, object{{"schema", std::move(schema)}}}};
}

object error_answer(const ErrorKind& kind, object schema) {
    object answer{{"description", kind.about}};
    if (!kind.header.empty()) {
        answer["headers"] =
            object{{kind.header, object{{"description", kind.header_about}, {"schema", object{{"type", "string"}}}}}};
    }
    answer["content"] = content_of("application/json", std::move(schema));
    return answer;
}

// Collects the parts that operations share and writes the operations.
class Writer {
public:
    explicit Writer(const Router& router) : router_(router) { error_ = parsed(schemas_.of_answer<ErrorBody>()); }

    object document() {
        object paths;
        for (const auto& route : router_.routes()) {
            auto& path = paths[route->path];
            if (path.is_null()) path = object{};
            path.get_object()[lower(net::name_of(route->method))] = operation(*route);
        }
        return {{"openapi", "3.1.0"},
                {"info", info()},
                {"servers", array{object{{"url", "/"}, {"description", "The server that this document comes from."}}}},
                {"security", array{object{{"key", array{}}}}},
                {"tags", tags()},
                {"paths", std::move(paths)},
                {"components", components()}};
    }

private:
    static object info() {
        return {{"title", "Etapa"},
                {"version", version},
                {"description", about_the_api},
                {"license", object{{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}};
    }

    [[nodiscard]] array tags() const {
        array list;
        for (const auto& resource : router_.resources()) {
            list.push_back(object{{"name", resource.name}, {"description", resource.about}});
        }
        return list;
    }

    object components() {
        object schemas;
        for (const auto& [name, schema] : schemas_.definitions()) schemas[name] = parsed(schema);
        object answers;
        for (const auto& kind : error_kinds) answers[kind.name] = error_answer(kind, error_);
        object key{
            {"type", "http"}, {"scheme", "bearer"}, {"description", "A key of `etapa init` or `etapa key create`."}};
        return {{"schemas", std::move(schemas)},
                {"parameters", object{{"IdempotencyKey", idempotency_key()}}},
                {"responses", std::move(answers)},
                {"securitySchemes", object{{"key", std::move(key)}}}};
    }

    static object idempotency_key() {
        return {{"name", "Idempotency-Key"},
                {"in", "header"},
                {"description", "The same request under the same key is done once, and answered again for 24 hours."},
                {"schema", object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}};
    }

    object operation(const Route& route) {
        const Contract contract = route.contract(schemas_);
        object written{
            {"operationId", operation_id(route)}, {"summary", route.summary}, {"tags", array{route.resource}}};
        if (route.access == Access::open) written["security"] = array{};
        array taken = parameters(contract);
        if (changes_something(route)) taken.push_back(object{{"$ref", "#/components/parameters/IdempotencyKey"}});
        if (!taken.empty()) written["parameters"] = std::move(taken);
        if (!contract.body.empty()) written["requestBody"] = body(contract);
        written["responses"] = answers(route, contract);
        return written;
    }

    // `getCrmScenarioByIdConversation`: method and path, which together are unique.
    static std::string operation_id(const Route& route) {
        std::string id = lower(net::name_of(route.method));
        bool starts_word = true;
        for (const char c : route.path) {
            if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
                starts_word = true;
                if (c == '{') id += "By";
                continue;
            }
            id += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
            starts_word = false;
        }
        return route.path == "/" ? "getPage" : id;
    }

    static array parameters(const Contract& contract) {
        array list;
        for (const auto& parameter : contract.parameters) {
            static constexpr std::array<std::string_view, 3> places{"path", "query", "header"};
            object written{{"name", parameter.name}, {"in", places.at(static_cast<std::size_t>(parameter.place))}};
            if (!parameter.about.empty()) written["description"] = parameter.about;
            if (parameter.required) written["required"] = true;
            written["schema"] = parsed(parameter.schema);
            list.push_back(std::move(written));
        }
        return list;
    }

    // A DELETE takes its arguments in the body or in the query.
    object body(const Contract& contract) {
        object schema = parsed(contract.body);
        const bool elsewhere_too = std::ranges::any_of(
            contract.parameters, [](const Parameter& one) { return one.place == Parameter::Place::query; });
        const bool required = !elsewhere_too && resolved(schema).contains("required");
        return {{"required", required}, {"content", content_of(contract.body_type, std::move(schema))}};
    }

    [[nodiscard]] object resolved(const object& schema) const {
        const auto* reference = schema.if_contains("$ref");
        if (reference == nullptr) return schema;
        const std::string_view path = reference->get_string();
        return parsed(schemas_.definitions().at(std::string(path.substr(path.rfind('/') + 1))));
    }

    object answers(const Route& route, const Contract& contract) const {
        const auto media_type = std::string_view(route.content_type).substr(0, route.content_type.find(';'));
        object written;
        object answer{{"description", route.status == 201 ? "Created." : "Done."}};
        if (!contract.answer.empty()) {
            object content;
            if (contract.media_types.empty()) content = content_of(media_type, parsed(contract.answer));
            for (const auto type : contract.media_types) {
                content[type] = content_of(type, parsed(contract.answer)).at(type);
            }
            answer["content"] = std::move(content);
        }
        written[std::to_string(route.status)] = std::move(answer);
        for (const auto& [status, type] : route.further_answers) {
            auto& other = written[std::to_string(status)];
            if (other.is_null()) other = object{{"description", "Accepted."}, {"content", object{}}};
            const bool is_json = type == "application/json";
            auto schema = is_json ? parsed(contract.answer) : object{{"type", "string"}};
            other.get_object()["content"].get_object()[type] = object{{"schema", std::move(schema)}};
        }
        for (const int status : errors_of(route, contract)) {
            written[std::to_string(status)] = error_reference(route, kind_of(status));
        }
        return written;
    }

    static std::vector<int> errors_of(const Route& route, const Contract& contract) {
        std::vector<int> errors;
        if (route.work != Work::none) errors = {400};
        if (route.access == Access::key) errors.push_back(401);
        if (route.access == Access::provider) errors.insert(errors.end(), {401, 403, 404});
        if (names_an_object(contract)) errors.push_back(404);
        errors.push_back(405);
        if (route.work == Work::write && route.error_literals) errors.push_back(406);
        if (changes_something(route)) errors.insert(errors.end(), {409, 413, 415, 422});
        if (takes_header(contract, "if-match")) errors.push_back(412);
        if (route.access == Access::key) errors.push_back(429);
        if (route.work != Work::none) errors.push_back(503);
        return errors;
    }

    static bool names_an_object(const Contract& contract) {
        return !contract.body.empty() || std::ranges::any_of(contract.parameters, [](const Parameter& one) {
            return one.required || one.name == "id" || one.place == Parameter::Place::header;
        });
    }

    static bool takes_header(const Contract& contract, std::string_view name) {
        return std::ranges::any_of(contract.parameters, [&](const Parameter& one) {
            return one.place == Parameter::Place::header && one.name == name;
        });
    }

    static bool changes_something(const Route& route) {
        return route.work == Work::write && route.method != net::Method::get;
    }

    // The shared answer, unless the errors of this route carry further members.
    object error_reference(const Route& route, const ErrorKind& kind) const {
        if (route.error_members.empty()) return {{"$ref", "#/components/responses/" + std::string(kind.name)}};
        object schema = resolved(error_);
        for (const auto& [name, example] : parsed('{' + route.error_members.substr(1) + '}')) {
            schema["properties"].get_object()[name] = object{{"type", example.is_bool() ? "boolean" : "null"}};
            schema["required"].get_array().push_back(value(name));
        }
        return error_answer(kind, std::move(schema));
    }

    static std::string lower(std::string_view text) {
        std::string lowered(text);
        std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) { return std::tolower(c); });
        return lowered;
    }

    const Router& router_;
    Schemas schemas_;
    object error_;
};

}  // namespace

std::string openapi_document(const Router& router) { return json::pretty(Writer(router).document()); }

}  // namespace etapa::api
