#pragma once
// What operators and their tools ask the server: is it alive, is it ready, how is it doing, what can it do. No keys
// here.

#include "api/router.hpp"
#include "base/metrics.hpp"

namespace etapa::api {

// Add after all other routes, because the API description is made here, once. `metrics` outlives the router.
void system(Router& router, const Metrics& metrics);

}  // namespace etapa::api
