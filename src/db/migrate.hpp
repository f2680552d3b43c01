#pragma once
// Brings the schema of a database to the version that the program expects, one transaction per migration.

#include "base/env.hpp"
#include "db/migrations.hpp"

#include <span>
#include <string>

namespace etapa::db {

// Creates the directory of the database's file when there is none. Throws Unusable when it cannot.
void create_directory(const std::string& url);

// Creates the database (and its directory) when there is none. Before it changes a database that holds something, it
// leaves a copy `<file>.before-<version>` beside it. Several processes may call it at once. Throws Unusable with what
// to do: the directory cannot be written, the file is no database, or the schema is newer than `wanted`.
void migrate(const Env& env, const std::string& url, std::span<const Migration> wanted = migrations());

// Throws Unusable unless the database is exactly at the version of `wanted`.
void check_schema(const std::string& url, std::span<const Migration> wanted = migrations());

}  // namespace etapa::db
