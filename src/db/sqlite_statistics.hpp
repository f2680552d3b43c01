#pragma once
// Tells SQLite's planner what the tables will look like. Without statistics it guesses, and may prefer to read all rows
// of an organization in the order of their ids over looking one up in the right index. The figures are those of one
// large organization, because that is where a wrong plan hurts; they are written by each migration, never measured.

#include "db/sqlite.hpp"

namespace etapa::db {

// Inside a transaction of `connection`. Connections opened later heed it.
void teach_planner(SqliteConnection& connection);

}  // namespace etapa::db
