#pragma once
// The answer that tells what is wrong with a request (DESIGN 8).

#include "api/route.hpp"
#include "base/problem.hpp"
#include "net/http.hpp"

namespace etapa::api {

// Writes status, type and body; `route` may be missing and brings what its clients expect beside.
void write_error(net::Response& response, const Problem& problem, const net::Request& request, const Route* route);

}  // namespace etapa::api
