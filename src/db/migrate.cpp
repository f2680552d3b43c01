#include "db/migrate.hpp"

#include "db/postgres_migrate.hpp"
#include "db/sqlite_migrate.hpp"
#include "db/url.hpp"

namespace etapa::db {

void create_directory(const std::string& url) {
    if (!is_postgres(url)) create_directory_of(file_of(url));
}

void migrate(const Env& env, const std::string& url, std::span<const Migration> wanted) {
    is_postgres(url) ? migrate_postgres(env, url, wanted) : migrate_sqlite(env, file_of(url), wanted);
}

void check_schema(const std::string& url, std::span<const Migration> wanted) {
    is_postgres(url) ? check_postgres_schema(url, wanted) : check_sqlite_schema(file_of(url), wanted);
}

}  // namespace etapa::db
