#pragma once
// The key file: what seals the secrets of channels. It lies beside the database and not in it, so that a copy of the
// database opens nobody's account.

#include "base/random.hpp"

#include <string>

namespace etapa::app {

// Where the key of this database is kept when the operator does not say: beside an SQLite file. Empty: they must say.
std::string standard_key_file(const std::string& database);

// Reads the key, or makes one in a file that only its owner can read. Throws Usage when it cannot, or when the file
// holds something else.
std::string read_or_make_key(const std::string& path, Random& random);

}  // namespace etapa::app
