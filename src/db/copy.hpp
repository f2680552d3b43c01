#pragma once
// Copies a whole installation from one database to another, of either kind. Everything is read from one snapshot, so
// servers on the source go on meanwhile, and is stored in one transaction, so a copy that is interrupted leaves nothing
// in the target but its schema. Both sides are read and compared before that transaction commits.

#include "base/env.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::db {

// The checksum is of all rows in the order of the primary key; it is the same on both databases.
struct CopiedTable {
    std::string name;
    std::int64_t rows = 0;
    std::string checksum;
};

struct Copied {
    std::vector<CopiedTable> tables;  // as they were read and found again
    std::int64_t epoch = 0;           // of the copy: a life of its own, in which cursors of the source are refused
};

// How far it is. Each row counts twice: it is written, and read again.
struct CopyProgress {
    std::string_view table;
    std::int64_t done = 0;
    std::int64_t total = 0;
    enum class Stage : std::uint8_t { copying, copied, verifying } stage = Stage::copying;
    std::int64_t rows = 0;  // of the table, once it is copied
};

// Both are addresses of databases. Throws Unusable with what to do: the source has another schema, the target holds
// something or is in use, or what was stored is not what was read.
Copied copy_installation(const Env& env, const std::string& from, const std::string& to,
                         const std::function<void(const CopyProgress&)>& tell);

}  // namespace etapa::db
