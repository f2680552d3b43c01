#include "app/command_line.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace etapa::app {
namespace {

// `--log-format` is ETAPA_LOG_FORMAT, `log-format` in the file too.
std::string environment_name(std::string_view option) {
    std::string name = "ETAPA_";
    for (const char c : option.substr(option.find_first_not_of('-'))) {
        name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

// An empty variable counts as absent.
std::string from_environment(std::string_view option) {
    // Nothing in the program changes the environment.
    const char* value = std::getenv(environment_name(option).c_str());  // NOLINT(concurrency-mt-unsafe): see above
    return value == nullptr ? "" : value;
}

// The library reads the file before the environment and keeps what it read first, so what the environment says is left
// out of the file here.
class FileBelowEnvironment : public CLI::ConfigBase {
public:
    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        auto items = ConfigBase::from_config(input);
        std::erase_if(items, [](const CLI::ConfigItem& item) { return !from_environment(item.name).empty(); });
        return items;
    }
};

}  // namespace

struct CommandLine::Parser {
    CLI::App app;
    std::vector<std::string> arguments;

    CLI::Option* known_to_environment(CLI::Option* option) const {
        return option->envname(environment_name(option->get_name()));
    }
};

CommandLine::CommandLine(std::string_view command, std::string_view about, std::string_view example,
                         std::vector<std::string> arguments)
    : parser_(std::make_unique<Parser>()) {
    parser_->arguments = std::move(arguments);
    auto& app = parser_->app;
    app.name("etapa " + std::string(command));
    app.description(std::string(about));
    app.footer("Example:\n  " + std::string(example));
    app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    app.config_formatter(std::make_shared<FileBelowEnvironment>());
    const auto file = from_environment("--config");
    auto* config = app.set_config("--config", file, "File with settings, as lines of `database = \"sqlite:etapa.db\"`",
                                  !file.empty());
    parser_->known_to_environment(config);
}

CommandLine::~CommandLine() = default;

void CommandLine::option(const std::string& name, std::string& value, const std::string& about, Need need) {
    auto* option = parser_->known_to_environment(parser_->app.add_option(name, value, about));
    if (!value.empty()) option->capture_default_str();
    option->required(need == Need::required);
}

void CommandLine::option(const std::string& name, std::vector<std::string>& values, const std::string& about) {
    auto* option = parser_->known_to_environment(parser_->app.add_option(name, values, about));
    option->delimiter(',')->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void CommandLine::option(const std::string& name, unsigned& value, const Range& range, const std::string& about) {
    auto* option = parser_->known_to_environment(parser_->app.add_option(name, value, about));
    option->check(CLI::Range(range.min, range.max))->capture_default_str();
}

void CommandLine::flag(const std::string& name, bool& value, const std::string& about) {
    parser_->known_to_environment(parser_->app.add_flag(name, value, about));
}

void CommandLine::choice(const std::string& name, const std::vector<std::string>& allowed, const std::string& standard,
                         const std::string& about, const std::function<void(std::size_t)>& take) {
    const auto taken = [allowed, take](const std::string& word) {
        take(static_cast<std::size_t>(std::ranges::find(allowed, word) - allowed.begin()));
    };
    auto* option = parser_->known_to_environment(parser_->app.add_option_function<std::string>(name, taken, about));
    option->check(CLI::IsMember(allowed))->default_str(standard);
}

void CommandLine::operand(const std::string& name, std::string& value, const std::string& about) {
    parser_->app.add_option(name, value, about)->required();
}

void CommandLine::parse(UnknownSettings in_file) {
    auto& app = parser_->app;
    app.allow_config_extras(in_file == UnknownSettings::refuse ? CLI::config_extras_mode::error
                                                               : CLI::config_extras_mode::ignore_all);
    auto arguments = parser_->arguments;
    std::ranges::reverse(arguments);  // the library takes them from the end
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        throw HelpWanted(app.help());
    } catch (const CLI::ParseError& error) {
        throw Usage(std::string(error.what()) + ". Type `" + app.get_name() + " --help` to see what it takes.");
    }
}

}  // namespace etapa::app
