#include "db/copy_side.hpp"

#include <array>
#include <utility>

namespace etapa::db {
namespace {

// The types of docs/sql.md, as both catalogues name them.
ColumnKind kind_of(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, ColumnKind>, 11> kinds{{{"TEXT", ColumnKind::text},
                                                                             {"text", ColumnKind::text},
                                                                             {"BIGINT", ColumnKind::integer},
                                                                             {"INTEGER", ColumnKind::integer},
                                                                             {"bigint", ColumnKind::integer},
                                                                             {"BOOLEAN", ColumnKind::boolean},
                                                                             {"boolean", ColumnKind::boolean},
                                                                             {"DOUBLE PRECISION", ColumnKind::real},
                                                                             {"double precision", ColumnKind::real},
                                                                             {"BLOB", ColumnKind::bytes},
                                                                             {"bytea", ColumnKind::bytes}}};
    for (const auto& [name, kind] : kinds) {
        if (name == type) return kind;
    }
    throw Unusable("The database has a column of the type " + std::string(type) + ", which etapa does not know.");
}

}  // namespace

void add_column(std::vector<TableShape>& tables, const Row& row) {
    if (tables.empty() || tables.back().name != row.text(0)) {
        tables.push_back({.name = std::string(row.text(0)), .columns = {}, .key = {}, .references = {}});
    }
    auto& table = tables.back();
    table.columns.push_back({std::string(row.text(1)), kind_of(row.text(2))});
    const auto place = static_cast<std::size_t>(row.integer(3));
    if (place == 0) return;
    if (table.key.size() < place) table.key.resize(place);
    table.key[place - 1] = table.columns.back().name;
}

}  // namespace etapa::db
