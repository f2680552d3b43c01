#pragma once
// A command of the program: `etapa serve`, `etapa key list`. Each stands in its own file; all.cpp lists them.

#include "app/command_line.hpp"

#include <span>
#include <string_view>

namespace etapa::app {

struct Command {
    std::string_view name;  // one word, or two
    std::string_view about;
    std::string_view example;
    // Declares what it takes, parses, does it, and prints the result. Throws Usage for wrong usage, anything else that
    // it cannot handle is a failure.
    void (*run)(CommandLine& line);
};

std::span<const Command> commands();

// Runs the command that the arguments name, the program's own name not among them. Returns the exit status: 0, 1 for a
// failure, 2 for wrong usage; the reason of both is a sentence on stderr.
int run(const std::vector<std::string>& arguments);

}  // namespace etapa::app
