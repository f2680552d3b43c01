#include "base/version.hpp"

#include "app/commands/command.hpp"

#include <iostream>

namespace etapa::app {
namespace {

void print_version(CommandLine& line) {
    line.parse();
    std::cout << "etapa " << version << '\n';
}

}  // namespace

extern const Command version_command{
    .name = "version", .about = "Prints the version", .example = "etapa version", .run = print_version};

}  // namespace etapa::app
