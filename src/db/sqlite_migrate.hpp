#pragma once
// The schema of an SQLite file. db/migrate.hpp says what the functions promise.

#include "base/env.hpp"
#include "db/migrations.hpp"

#include <span>
#include <string>

namespace etapa::db {

void create_directory_of(const std::string& file);

void migrate_sqlite(const Env& env, const std::string& file, std::span<const Migration> wanted);

void check_sqlite_schema(const std::string& file, std::span<const Migration> wanted);

}  // namespace etapa::db
