#pragma once
// The schema of a PostgreSQL database. db/migrate.hpp says what the functions promise.

#include "base/env.hpp"
#include "db/migrations.hpp"

#include <span>
#include <string>

namespace etapa::db {

void migrate_postgres(const Env& env, const std::string& url, std::span<const Migration> wanted);

void check_postgres_schema(const std::string& url, std::span<const Migration> wanted);

}  // namespace etapa::db
