#pragma once
// What a command was asked to do: its options from flags, from the environment (`--log-format` is ETAPA_LOG_FORMAT) and
// from a file (`--config`), in this order of precedence. Knows no command; command_line.cpp is the only file that
// includes the library behind it.

#include "base/fields.hpp"
#include "base/values.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::app {

// The command was called wrongly: a sentence, and exit status 2.
class Usage : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The command was asked for its help: the text, and exit status 0.
class HelpWanted : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class CommandLine {
public:
    enum class Need : std::uint8_t { optional, required };
    // A configuration file serves all commands: only the one that takes every setting can tell a misspelt one.
    enum class UnknownSettings : std::uint8_t { ignore, refuse };

    // `arguments` follow the name of the command.
    CommandLine(std::string_view command, std::string_view about, std::string_view example,
                std::vector<std::string> arguments);
    ~CommandLine();
    CommandLine(const CommandLine&) = delete;
    CommandLine& operator=(const CommandLine&) = delete;

    // Each declares something that the command takes; parse() fills `value`, which keeps its default when nobody says
    // otherwise. Names are given with their dashes.
    void option(const std::string& name, std::string& value, const std::string& about, Need need = Need::optional);
    void option(const std::string& name, std::vector<std::string>& values, const std::string& about);
    struct Range {
        unsigned min;
        unsigned max;
    };
    void option(const std::string& name, unsigned& value, const Range& range, const std::string& about);
    void flag(const std::string& name, bool& value, const std::string& about);
    template <NamedEnum E> void choice(const std::string& name, E& value, const std::string& about) {
        constexpr auto all = names(E{});
        choice(name, {all.begin(), all.end()}, std::string(name_of(value)), about,
               [&value](std::size_t index) { value = static_cast<E>(index); });
    }
    // Something without a name: a file, an id.
    void operand(const std::string& name, std::string& value, const std::string& about);

    // Throws Usage or HelpWanted.
    void parse(UnknownSettings in_file = UnknownSettings::ignore);

private:
    void choice(const std::string& name, const std::vector<std::string>& allowed, const std::string& standard,
                const std::string& about, const std::function<void(std::size_t)>& take);

    struct Parser;
    std::unique_ptr<Parser> parser_;
};

// The text of an option as a value with rules: a Name, an Email.
template <TextLike T> T checked(std::string_view option, std::string_view text) {
    auto parsed = T::parse(text);
    if (!parsed) throw Usage(std::string(option) + ' ' + parsed.error() + '.');
    return *std::move(parsed);
}

}  // namespace etapa::app
