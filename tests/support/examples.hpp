#pragma once
// One example request for every route, from which the tests of tests/contract make all others. A route without an
// example fails them.

#include "support/things.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

// `{step}` in the target or the body stands for the id of a thing of the caller. An id of another organization in its
// place is answered 404, because the call acts on it; `{step=400}` says that the call would store it, so that 400 names
// the member; `{step=200}` that it only filters, so that nothing is found.
struct Example {
    std::string_view method;
    std::string_view route;
    std::string_view target;  // the path, filled in, and a query
    std::string_view body = {};
    int status = 200;

    [[nodiscard]] std::string name() const { return std::string(method) + ' ' + std::string(route); }
};

std::span<const Example> examples();

// A place in an example where an id stands.
struct Reference {
    std::size_t index = 0;  // among the references of the example
    std::string name;       // of the thing
    int foreign_status = 404;
    std::string member;  // of the body, dotted; empty in the target
};

std::vector<Reference> references(const Example& example);

struct FilledIn {
    std::string target;
    std::string body;
};

// The request with real ids. At the place of `reference`, when given, stands `id` instead.
FilledIn filled_in(const Example& example, Things& things, const Reference* reference = nullptr,
                   std::string_view id = {});
// The same without making anything: for requests that are refused before ids matter.
FilledIn blank(const Example& example);

}  // namespace etapa::tests
