#pragma once
// Query string and body of a request as JSON objects, before the handler's types read them.

#include "api/route.hpp"
#include "base/problem.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace etapa::api {

// The 400 for what is not validly encoded.
Problem not_unicode(std::string_view where);

// Texts, or arrays of texts for repeated names. Throws the 400.
boost::json::object read_query(std::string_view text);

// A body counts on every method but GET and HEAD. An absent one is an empty object: clients with nothing to say send
// none. Throws the 415 and the 400.
boost::json::object read_body(const net::Request& request, const Route& route);

}  // namespace etapa::api
