#include "db/migrate.hpp"

#include "db/backup.hpp"
#include "db/sqlite.hpp"
#include "db/sqlite_statistics.hpp"

#include <array>
#include <filesystem>
#include <system_error>

namespace etapa::db {
namespace {

auto ignore = [](const Row&) {};

std::int64_t number_from(SqliteConnection& connection, Sql query) {
    std::int64_t number = 0;
    auto keep = [&](const Row& row) { number = row.integer(0); };
    connection.run({query.text()}, {}, keep);
    return number;
}

std::string in_sqlite(std::string_view migration) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> tokens{
        {{"{clustered}", "WITHOUT ROWID"}, {"{sequence}", "INTEGER PRIMARY KEY"}, {"{blob}", "BLOB"}}};
    std::string own(migration);
    for (const auto& [token, meaning] : tokens) {
        for (auto at = own.find(token); at != std::string::npos; at = own.find(token, at)) {
            own.replace(at, token.size(), meaning);
        }
    }
    return own;
}

// The version of the schema; 0 for an empty file.
std::size_t version_of(SqliteConnection& connection, const std::string& file) {
    if (number_from(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'") == 0) {
        if (number_from(connection, "SELECT count(*) FROM sqlite_schema") == 0) return 0;
        throw Unusable("The database " + file + " was not made by etapa. Give another path with --database.");
    }
    return static_cast<std::size_t>(number_from(connection, "SELECT coalesce(max(version), 0) FROM schema_version"));
}

void refuse_newer(std::size_t version, std::size_t wanted, const std::string& file) {
    if (version <= wanted) return;
    throw Unusable("The database " + file + " has schema " + std::to_string(version) + ", but this etapa knows only " +
                   std::to_string(wanted) + ". Start the newer etapa, or restore a copy from before the change.");
}

void apply(SqliteConnection& connection, std::size_t version, const Migration& migration, Time now) {
    if (version == 1) {
        connection.execute(
            "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT "
            "NOT "
            "NULL)");
    }
    connection.execute_script(in_sqlite(migration.text));
    teach_planner(connection);
    connection.run(
        {"INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)"},
        std::array{Value(static_cast<std::int64_t>(version)), Value(migration.name), Value(now.milliseconds)}, ignore);
}

void create_directory_of(const std::string& file) {
    const auto directory = std::filesystem::path(file).parent_path();
    std::error_code error;
    if (!directory.empty()) std::filesystem::create_directories(directory, error);
    if (!error) return;
    throw Unusable("The directory " + directory.string() + " cannot be created (" + error.message() +
                   "). Create it, or give another path with --database.");
}

// One step under the write lock, so that of several processes one does it and the others find it done. False when
// nothing is left to do.
bool step(SqliteConnection& connection, const std::string& file, std::span<const Migration> wanted, bool& copied,
          Time now) {
    connection.execute("BEGIN IMMEDIATE");
    try {
        const std::size_t version = version_of(connection, file);
        refuse_newer(version, wanted.size(), file);
        const bool any = version < wanted.size();
        if (any && version > 0 && !std::exchange(copied, true)) {
            copy_database(file, file + ".before-" + std::to_string(version + 1), Existing::replace);
        }
        if (any) apply(connection, version + 1, wanted[version], now);
        connection.execute("COMMIT");
        return any;
    } catch (...) {
        if (connection.in_transaction()) connection.execute("ROLLBACK");
        throw;
    }
}

}  // namespace

void create_directory(const std::string& url) { create_directory_of(file_of(url)); }

void migrate(const Env& env, const std::string& url, std::span<const Migration> wanted) {
    const std::string file = file_of(url);
    create_directory_of(file);
    SqliteConnection connection(file, Access::create);
    bool copied = false;
    while (step(connection, file, wanted, copied, env.clock.now())) {
    }
}

void check_schema(const std::string& url, std::span<const Migration> wanted) {
    const std::string file = file_of(url);
    SqliteConnection connection(file, Access::read);
    const std::size_t version = version_of(connection, file);
    refuse_newer(version, wanted.size(), file);
    if (version < wanted.size()) {
        throw Unusable("The database " + file + " has an older schema. Run `etapa migrate --database " + url +
                       "` first.");
    }
}

}  // namespace etapa::db
