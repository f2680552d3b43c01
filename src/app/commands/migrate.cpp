#include "db/migrate.hpp"

#include "app/commands/command.hpp"
#include "app/commands/operate.hpp"
#include "db/url.hpp"

namespace etapa::app {
namespace {

struct Migrated {
    std::string database;
    std::int64_t schema_version = 0;

    static consteval auto fields() {
        return describe(field("database", &Migrated::database, "The database."),
                        field("schemaVersion", &Migrated::schema_version, "Version of its schema now."));
    }
};

void migrate_database(CommandLine& line) {
    std::string url{standard_database};
    take_database(line, url);
    line.parse();
    db::migrate(Surroundings().env, url);
    print(Migrated{db::shown(url), static_cast<std::int64_t>(db::migrations().size())});
}

}  // namespace

extern const Command migrate{.name = "migrate",
                             .about = "Creates the schema, or brings it up to date after keeping a copy",
                             .example = "etapa migrate --database sqlite:data/etapa.db",
                             .run = migrate_database};

}  // namespace etapa::app
