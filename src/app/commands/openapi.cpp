#include "api/openapi.hpp"

#include "api/resources.hpp"
#include "api/system.hpp"
#include "app/commands/command.hpp"
#include "base/metrics.hpp"

#include <iostream>

namespace etapa::app {
namespace {

void print_document(CommandLine& line) {
    line.parse();
    const Metrics metrics;
    api::Router router;
    api::all_resources(router);
    api::system(router, metrics);
    std::cout << api::openapi_document(router);
}

}  // namespace

extern const Command openapi{.name = "openapi",
                             .about = "Prints the OpenAPI description of the API",
                             .example = "etapa openapi > openapi.json",
                             .run = print_document};

}  // namespace etapa::app
