#include "app/commands/command.hpp"
#include "app/commands/operate.hpp"

#include <filesystem>

namespace etapa::app {
namespace {

struct Copied {
    std::string file;
    std::int64_t bytes = 0;

    static consteval auto fields() {
        return describe(field("file", &Copied::file, "The copy."), field("bytes", &Copied::bytes, "Its size."));
    }
};

void copy_database(CommandLine& line) {
    std::string url{standard_database};
    std::string file;
    take_database(line, url);
    line.operand("FILE", file, "Where the copy goes; must not exist yet");
    line.parse();
    Opened(url).database.backup(file);
    print(Copied{file, static_cast<std::int64_t>(std::filesystem::file_size(file))});
}

}  // namespace

extern const Command backup{.name = "backup",
                            .about = "Writes one consistent copy of the database, also beside a running server",
                            .example = "etapa backup --database sqlite:data/etapa.db monday.db",
                            .run = copy_database};

}  // namespace etapa::app
