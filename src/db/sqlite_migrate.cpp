#include "db/sqlite_migrate.hpp"

#include "db/backup.hpp"
#include "db/sqlite.hpp"
#include "db/sqlite_statistics.hpp"

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

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
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> tokens{
        {{"{clustered}", "WITHOUT ROWID"},
         {"{sequence}", "INTEGER PRIMARY KEY"},
         {"{transaction}", "BIGINT NOT NULL DEFAULT 0"},
         {"{blob}", "BLOB"}}};
    std::string own(migration);
    constexpr std::string_view only_postgres = "\n{postgres\n";
    constexpr std::string_view end = "\n}\n";
    for (auto at = own.find(only_postgres); at != std::string::npos; at = own.find(only_postgres, at)) {
        own.erase(at + 1, own.find(end, at) + end.size() - at - 1);
    }
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

// SQLite syncs the names of its files, but nobody else those of new directories.
void sync_directory(const std::filesystem::path& directory) {
    const int file = ::open(directory.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return;  // it may be searched but not read: nothing new can be in it
    ::fsync(file);
    ::close(file);
}

void apply_missing(SqliteConnection& connection, const std::string& file, std::span<const Migration> wanted, Time now) {
    std::size_t version = version_of(connection, file);
    refuse_newer(version, wanted.size(), file);
    if (version > 0 && version < wanted.size()) {
        copy_database(file, file + ".before-" + std::to_string(version + 1), Existing::replace);
    }
    for (; version < wanted.size(); ++version) apply(connection, version + 1, wanted[version], now);
}

}  // namespace

void create_directory_of(const std::string& file) {
    const auto directory = std::filesystem::absolute(file).parent_path();
    std::error_code error;
    auto existing = directory;
    while (!std::filesystem::exists(existing, error)) existing = existing.parent_path();
    std::filesystem::create_directories(directory, error);
    for (auto made = directory; !error && made != existing; made = made.parent_path()) {
        sync_directory(made.parent_path());
    }
    if (!error) return;
    throw Unusable("The directory " + directory.string() + " cannot be created (" + error.message() +
                   "). Create it, or give another path with --database.");
}

void migrate_sqlite(const Env& env, const std::string& file, std::span<const Migration> wanted) {
    create_directory_of(file);
    SqliteConnection connection(file, Access::create);
    // All steps under one write lock: of several processes one does them and the others find them done, and whatever
    // happens meanwhile, the file has the old schema or the new one.
    connection.execute("BEGIN IMMEDIATE");
    try {
        apply_missing(connection, file, wanted, env.clock.now());
        connection.execute("COMMIT");
    } catch (...) {
        if (connection.in_transaction()) connection.execute("ROLLBACK");
        throw;
    }
}

void check_sqlite_schema(const std::string& file, std::span<const Migration> wanted) {
    SqliteConnection connection(file, Access::read);
    const std::size_t version = version_of(connection, file);
    refuse_newer(version, wanted.size(), file);
    if (version < wanted.size()) {
        throw Unusable("The database " + file + " has an older schema. Run `etapa migrate --database sqlite:" + file +
                       "` first.");
    }
}

}  // namespace etapa::db
