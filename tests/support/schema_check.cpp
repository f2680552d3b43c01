#include "support/schema_check.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <regex>

namespace etapa::tests {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// Keywords that say nothing about which values fit.
constexpr std::array annotations{"description", "contentMediaType"};

std::string lower(std::string_view text) {
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(), [](unsigned char c) { return std::tolower(c); });
    return lowered;
}

const object* member(const object* from, std::string_view name) {
    const auto* found = from == nullptr ? nullptr : from->if_contains(name);
    return found == nullptr ? nullptr : found->if_object();
}

bool is_of_type(const value& value, std::string_view type) {
    if (type == "null") return value.is_null();
    if (type == "boolean") return value.is_bool();
    if (type == "string") return value.is_string();
    if (type == "array") return value.is_array();
    if (type == "object") return value.is_object();
    if (type == "number") return value.is_number();
    return type == "integer" && value.is_number() && std::trunc(value.to_number<double>()) == value.to_number<double>();
}

bool has_format(const std::string& text, std::string_view format) {
    if (format == "date-time") return parse_time(text) && text.size() == 24 && text.back() == 'Z';
    if (format == "email") return std::regex_match(text, std::regex(R"([^@\s]+@[^@\s]+)"));
    return format == "uri" && std::regex_match(text, std::regex(R"(https?://\S+)"));
}

// One comparison of a value with a schema, and what it found.
class Comparison {
public:
    explicit Comparison(const ApiDescription& description) : description_(description) {}

    void compare(const value& value, const object& schema, const std::string& path) {
        if (schema.contains("$ref")) return compare(value, description_.resolved(schema), path);
        if (schema.empty()) return add(path, "is described by an empty schema");
        for (const auto& [keyword, rule] : schema) apply(value, schema, keyword, rule, path);
    }

    std::vector<std::string> take() { return std::move(misfits_); }

private:
    void add(const std::string& path, const std::string& sentence) {
        misfits_.push_back((path.empty() ? "the answer" : path) + ' ' + sentence);
    }

    void apply(const value& value, const object& schema, std::string_view keyword, const boost::json::value& rule,
               const std::string& path) {
        if (keyword == "anyOf") return compare_any(value, rule.get_array(), path);
        if (keyword == "type") return compare_type(value, schema, rule.get_string(), path);
        if (keyword == "enum") {
            const auto& allowed = rule.get_array();
            if (std::ranges::find(allowed, value) == allowed.end()) add(path, "is not one of the values described");
        } else if (keyword == "items") {
            compare_items(value, rule.get_object(), path);
        } else if (keyword == "properties" || keyword == "required" || keyword == "additionalProperties") {
            return;  // applied with the type
        } else if (std::ranges::find(annotations, keyword) == annotations.end()) {
            compare_limit(value, keyword, rule, path);
        }
    }

    void compare_any(const value& value, const array& schemas, const std::string& path) {
        std::vector<std::string> all;
        for (const auto& schema : schemas) {
            Comparison one(description_);
            one.compare(value, schema.get_object(), path);
            auto misfits = one.take();
            if (misfits.empty()) return;
            all.insert(all.end(), misfits.begin(), misfits.end());
        }
        add(path, "fits none of the described forms:");
        misfits_.insert(misfits_.end(), all.begin(), all.end());
    }

    void compare_type(const value& value, const object& schema, std::string_view type, const std::string& path) {
        if (!is_of_type(value, type)) return add(path, "is not of type " + std::string(type));
        if (value.is_object()) compare_members(value.get_object(), schema, path);
    }

    void compare_members(const object& members, const object& schema, const std::string& path) {
        const auto* properties = member(&schema, "properties");
        const auto* others = schema.if_contains("additionalProperties");
        if (properties == nullptr && others == nullptr)
            return add(path, "is an object whose members are not described");
        if (const auto* required = schema.if_contains("required")) {
            for (const auto& name : required->get_array()) {
                if (!members.contains(name.get_string())) add(path, "lacks " + boost::json::serialize(name));
            }
        }
        for (const auto& [name, value] : members) {
            const auto below = path + (path.empty() ? "" : ".") + std::string(name);
            if (const auto* described = member(properties, name)) {
                compare(value, *described, below);
            } else if (others != nullptr && others->is_object()) {
                compare(value, others->get_object(), below);
            } else if (others == nullptr || !others->get_bool()) {
                add(below, "is not described");
            }
        }
    }

    void compare_items(const value& value, const object& schema, const std::string& path) {
        if (!value.is_array()) return;
        for (std::size_t index = 0; index < value.get_array().size(); ++index) {
            compare(value.get_array()[index], schema, path + '.' + std::to_string(index));
        }
    }

    void compare_limit(const value& value, std::string_view keyword, const boost::json::value& rule,
                       const std::string& path) {
        const auto refuse_unless = [&](bool fits) {
            if (!fits) add(path, "breaks " + std::string(keyword) + ' ' + boost::json::serialize(rule));
        };
        const auto text = value.is_string() ? std::string(value.get_string()) : std::string();
        if (keyword == "minimum") {
            refuse_unless(!value.is_number() || value.to_number<double>() >= rule.to_number<double>());
        } else if (keyword == "maximum") {
            refuse_unless(!value.is_number() || value.to_number<double>() <= rule.to_number<double>());
        } else if (keyword == "minLength") {
            refuse_unless(!value.is_string() || count_characters(text) >= rule.to_number<std::size_t>());
        } else if (keyword == "maxLength") {
            refuse_unless(count_characters(text) <= rule.to_number<std::size_t>());
        } else if (keyword == "maxItems") {
            refuse_unless(!value.is_array() || value.get_array().size() <= rule.to_number<std::size_t>());
        } else if (keyword == "pattern") {
            refuse_unless(!value.is_string() || std::regex_search(text, std::regex(rule.get_string().c_str())));
        } else if (keyword == "format") {
            refuse_unless(!value.is_string() || has_format(text, rule.get_string()));
        } else {
            add(path, "is described with a keyword that is not known here: " + std::string(keyword));
        }
    }

    const ApiDescription& description_;
    std::vector<std::string> misfits_;
};

}  // namespace

ApiDescription::ApiDescription(std::string_view document)
    : document_(boost::json::parse({document.data(), document.size()})) {}

const object& ApiDescription::resolved(const object& reference) const {
    const auto* pointer = reference.if_contains("$ref");
    return pointer == nullptr ? reference : document_.at_pointer(pointer->get_string().subview(1)).get_object();
}

const object* ApiDescription::operation(std::string_view method, std::string_view path) const {
    return member(member(member(&document_.get_object(), "paths"), path), lower(method));
}

const object* ApiDescription::body_schema(std::string_view method, std::string_view path) const {
    const auto* body = member(operation(method, path), "requestBody");
    const auto* schema = member(member(member(body, "content"), "application/json"), "schema");
    return schema == nullptr ? nullptr : &resolved(*schema);
}

std::vector<std::string> ApiDescription::misfits(const value& value, const object& schema) const {
    Comparison comparison(*this);
    comparison.compare(value, schema, "");
    return comparison.take();
}

std::vector<std::string> ApiDescription::misfits(const net::Request& request, const net::Response& response) const {
    if (request.method == net::Method::options && response.status == 204) return {};
    const auto* answer = described_answer(request, response);
    if (answer == nullptr) return {"describes no answer with this status"};
    if (response.status == 204 && response.body.empty() && !resolved(*answer).contains("content")) return {};
    const auto media_type = response.content_type.substr(0, response.content_type.find(';'));
    const auto* types = member(&resolved(*answer), "content");
    const auto* content = member(types, media_type);
    if (content == nullptr && response.status < 300) content = member(types, "*/*");
    if (content == nullptr) return {"describes no answer of the type " + media_type};
    if (media_type != "application/json") return {};
    boost::json::error_code error;
    const auto body = boost::json::parse(response.body, error);
    if (error) return {"describes JSON, and this is none: " + error.message()};
    return misfits(body, content->at("schema").get_object());
}

// A request that no route takes is answered with one of the errors that all share.
const object* ApiDescription::described_answer(const net::Request& request, const net::Response& response) const {
    if (!response.route.empty()) {
        const auto method = request.method == net::Method::head ? net::Method::get : request.method;
        return member(member(operation(net::name_of(method), response.route), "responses"),
                      std::to_string(response.status));
    }
    const auto* shared = document_.at_pointer("/components/responses").if_object();
    if (response.status == 404) return member(shared, "NotFound");
    return response.status == 405 ? member(shared, "MethodNotAllowed") : nullptr;
}

}  // namespace etapa::tests
