#pragma once
// Brings the schema of a database to the version that the program expects, one transaction per migration.

#include "base/env.hpp"
#include "db/migrations.hpp"

#include <span>
#include <string>

namespace etapa::db {

// Creates the directory of the database's file when there is none; a server has no such file. Throws Unusable when it
// cannot.
void create_directory(const std::string& url);

// Creates the schema when there is none, on SQLite also the file and its directory. Before it changes an SQLite file
// that holds something, it leaves a copy `<file>.before-<version>` beside it. Several processes may call it at once.
// Throws Unusable with what to do: the file or the server cannot be used, or the schema is newer than `wanted`.
void migrate(const Env& env, const std::string& url, std::span<const Migration> wanted = migrations());

// Throws Unusable unless the database is exactly at the version of `wanted`.
void check_schema(const std::string& url, std::span<const Migration> wanted = migrations());

}  // namespace etapa::db
