#pragma once
// What PostgreSQL says differently from the common SQL of docs/sql.md.

#include <string>
#include <string_view>

namespace etapa::db {

// A statement with the tokens of locks and of the order of events replaced.
std::string in_postgres(std::string_view statement);

// A migration with its tokens replaced, and with all texts compared byte by byte, as SQLite compares them.
std::string migration_in_postgres(std::string_view migration);

}  // namespace etapa::db
