#pragma once
// Copies an SQLite database while others read and write it.

#include <string>

namespace etapa::db {

enum class Existing : std::uint8_t { refuse, replace };

// Writes one consistent, compacted copy of `file` to `path`: a single file that needs no log beside it. It reads one
// snapshot, so the writer goes on meanwhile; only the log cannot start again until the copy is done. The copy appears
// under its name when it is complete and on the disk. Throws Unusable with the reason.
void copy_database(const std::string& file, const std::string& path, Existing existing);

}  // namespace etapa::db
