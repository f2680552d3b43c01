#include "app/commands/command.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <iterator>
#include <string>

namespace etapa::app {
namespace {

bool asks_for_help(std::string_view word) {
    constexpr std::array<std::string_view, 3> words{"--help", "-h", "help"};
    return std::ranges::find(words, word) != words.end();
}

// The commands whose names begin with `prefix`.
std::string overview(std::string_view prefix) {
    constexpr std::size_t about_column = 14;
    std::string text =
        "Etapa, a conversation CRM\nUsage: etapa " + std::string(prefix) + "COMMAND [OPTIONS]\n\nCommands:\n";
    std::string_view example = prefix.empty() ? "etapa serve --demo" : "";
    for (const auto& command : commands()) {
        if (!command.name.starts_with(prefix)) continue;
        text += "  " + std::string(command.name);
        text.append(about_column - std::min(about_column, command.name.size()), ' ');
        text += std::string(command.about) + '\n';
        if (example.empty()) example = command.example;
    }
    return text + "\nEach has its own --help.\nExample:\n  " + std::string(example) + '\n';
}

// The command of the first word or two.
const Command* find(const std::vector<std::string>& words) {
    const auto all = commands();
    const auto named = [&](const Command& command) {
        if (command.name == words[0]) return true;
        return words.size() > 1 && command.name == words[0] + ' ' + words[1];
    };
    const auto found = std::ranges::find_if(all, named);
    return found == all.end() ? nullptr : &*found;
}

bool is_group(const std::string& word) {
    return std::ranges::any_of(commands(),
                               [&](const Command& command) { return command.name.starts_with(word + ' '); });
}

void dispatch(const std::vector<std::string>& words) {
    if (words.empty()) throw Usage("Say what to do.\n\n" + overview(""));
    if (asks_for_help(words[0])) throw HelpWanted(overview(""));
    if (const auto* command = find(words)) {
        const auto names = 1 + std::ranges::count(command->name, ' ');
        CommandLine line(command->name, command->about, command->example, {words.begin() + names, words.end()});
        return command->run(line);
    }
    if (!is_group(words[0]))
        throw Usage("There is no command '" + words[0] + "'. Type `etapa --help` to see them all.");
    if (words.size() > 1 && asks_for_help(words[1])) throw HelpWanted(overview(words[0] + ' '));
    throw Usage("Say what to do.\n\n" + overview(words[0] + ' '));
}

}  // namespace

int run(const std::vector<std::string>& arguments) {
    constexpr int failed = 1;
    constexpr int wrongly_used = 2;
    try {
        dispatch(arguments);
    } catch (const HelpWanted& help) {
        std::cout << help.what();
    } catch (const Usage& usage) {
        std::cerr << "etapa: " << usage.what() << '\n';
        return wrongly_used;
    } catch (const std::exception& failure) {
        std::cerr << "etapa: " << failure.what() << '\n';
        return failed;
    }
    if (std::cout.flush()) return 0;
    std::cerr << "etapa: The result could not be written to standard output.\n";
    return failed;
}

}  // namespace etapa::app
