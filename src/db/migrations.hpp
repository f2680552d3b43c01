#pragma once
// The texts of migrations/*.sql, embedded at build time in the order of their names. Applying them is db/migrate.hpp's
// job.

#include <span>
#include <string_view>

namespace etapa::db {

struct Migration {
    std::string_view name;  // file name without .sql, as in 0001_initial
    std::string_view text;
};

std::span<const Migration> migrations();

}  // namespace etapa::db
