#pragma once
// The key file: what seals the secrets of channels. It lies beside the database and not in it, so that a copy of the
// database opens nobody's account.

#include "base/random.hpp"
#include "db/database.hpp"

#include <string>

namespace etapa::app {

// Where the key of this database is kept when the operator does not say: beside an SQLite file. Empty: they must say.
std::string standard_key_file(const std::string& database);

// Reads the key of the database. The first server makes one in a file that only its owner can read, and notes in the
// database by what the key is told from others. Throws Usage when the file cannot be made, holds something else, is
// missing although the database has a key, or holds another key.
std::string read_or_make_key(Database& database, const std::string& path, Random& random);

}  // namespace etapa::app
