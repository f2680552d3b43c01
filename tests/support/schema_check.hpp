#pragma once
// Holds JSON to the subset of JSON Schema that the API's description is written in. Stricter than the standard: a
// member that no schema describes is a misfit, and so is a schema that says nothing, or a keyword that is not known
// here.

#include "net/http.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

class ApiDescription {
public:
    // The text of an OpenAPI document.
    explicit ApiDescription(std::string_view document);

    // What does not fit, a sentence each; empty when all is as described.
    [[nodiscard]] std::vector<std::string> misfits(const net::Request& request, const net::Response& response) const;
    [[nodiscard]] std::vector<std::string> misfits(const boost::json::value& value,
                                                   const boost::json::object& schema) const;

    // The object behind `$ref`, or the object itself.
    [[nodiscard]] const boost::json::object& resolved(const boost::json::object& object) const;
    // The schema of the body that the operation takes; null when it takes none.
    [[nodiscard]] const boost::json::object* body_schema(std::string_view method, std::string_view path) const;
    // The operation of a route; null when it is not described.
    [[nodiscard]] const boost::json::object* operation(std::string_view method, std::string_view path) const;

private:
    [[nodiscard]] const boost::json::object* described_answer(const net::Request& request,
                                                              const net::Response& response) const;

    boost::json::value document_;
};

}  // namespace etapa::tests
