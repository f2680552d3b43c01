#include "db/sqlite_statistics.hpp"

#include "base/ranges.hpp"

#include <array>
#include <tuple>
#include <vector>

namespace etapa::db {
namespace {

// The rows that share the organization, a column with few values, and any other column.
constexpr std::int64_t rows_of_an_organization = 1'000'000;
constexpr std::int64_t rows_of_a_kind = 100'000;
constexpr std::int64_t rows_alike = 10;
constexpr std::array<std::string_view, 9> few_valued{
    "status", "state", "sender", "scenario_id", "step_id", "agent_id", "tag", "membership_id", "responding_agent_id"};

// What people set up by hand stays small.
constexpr std::int64_t rows_of_a_small_table = 1'000;
constexpr std::array<std::string_view, 9> small_tables{
    "agent", "api_key", "app_user", "member_load", "membership", "organization", "scenario", "step", "tag"};

struct Index {
    std::string table;
    std::string name;  // of the primary key of a table without row ids: the table's
    bool unique = false;
    bool partial = false;
    std::vector<std::string> columns;
};

std::vector<Index> indexes_of(SqliteConnection& connection) {
    std::vector<Index> indexes;
    auto keep = [&](const Row& row) {
        if (indexes.empty() || indexes.back().name != row.text(1)) {
            indexes.push_back({std::string(row.text(0)), std::string(row.text(1)), row.boolean(2), row.boolean(3), {}});
        }
        indexes.back().columns.emplace_back(row.text(4));
    };
    connection.run(
        {"SELECT tbl.name, CASE WHEN idx.origin = 'pk' AND list.wr THEN tbl.name ELSE idx.name END, idx.\"unique\","
         " idx.partial, info.name FROM sqlite_schema AS tbl JOIN pragma_table_list AS list ON list.schema = 'main'"
         " AND list.name = tbl.name JOIN pragma_index_list(tbl.name) AS idx JOIN pragma_index_info(idx.name) AS info"
         " WHERE tbl.type = 'table' AND tbl.name NOT LIKE 'sqlite_%' ORDER BY idx.name, info.seqno"},
        {}, keep);
    return indexes;
}

// As ANALYZE would write it: how many rows there are, then how many share the first column, the first two, and so on.
std::string figures_of(const Index& index) {
    auto alike = contains(small_tables, index.table) ? rows_of_a_small_table
                 : index.partial                     ? rows_of_a_kind
                                                     : rows_of_an_organization;
    std::string figures = std::to_string(alike);
    for (std::size_t place = 0; place < index.columns.size(); ++place) {
        const auto& column = index.columns[place];
        const bool is_whole_key = index.unique && place + 1 == index.columns.size();
        if (is_whole_key) {
            alike = 1;
        } else if (column != "organization_id") {
            alike = std::min(alike, contains(few_valued, column) ? rows_of_a_kind : rows_alike);
        }
        figures += ' ' + std::to_string(alike);
    }
    return figures;
}

}  // namespace

void teach_planner(SqliteConnection& connection) {
    connection.execute("ANALYZE sqlite_schema");  // makes the table of statistics, but no figures
    connection.execute("DELETE FROM sqlite_stat1");
    auto ignore = [](const Row&) {};
    for (const auto& index : indexes_of(connection)) {
        const auto figures = figures_of(index);
        connection.run({"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)"},
                       std::array<Value, 3>{index.table, index.name, figures}, ignore);
    }
}

}  // namespace etapa::db
