#include "db/copy_side.hpp"
#include "db/sqlite.hpp"

#include <array>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

class SqliteCopySide final : public CopySide {
public:
    SqliteCopySide(const std::string& file, Access access) : connection_(file, access) {
        connection_.set_lock_wait(10s);
        // Rows come table by table; the commit would not look at them again anyway, so what they refer to is the
        // source's word, which the comparison confirms.
        connection_.execute("PRAGMA foreign_keys = OFF");
    }

    Connection& connection() override { return connection_; }
    void begin_reading() override { connection_.execute("BEGIN"); }
    void begin_writing() override { connection_.execute("BEGIN IMMEDIATE"); }
    void commit() override { connection_.execute("COMMIT"); }
    void analyze(const std::vector<TableShape>&) override {}  // the planner knows figures already (sqlite_statistics)
    void continue_sequences() override {}                     // the next number follows the highest one by itself

    std::vector<TableShape> tables() override {
        std::vector<TableShape> tables;
        auto keep = [&](const Row& row) { add_column(tables, row); };
        connection_.run({"SELECT list.name, info.name, info.type, info.pk FROM pragma_table_list AS list"
                         " JOIN pragma_table_info(list.name) AS info WHERE list.schema = 'main' AND list.type = 'table'"
                         " AND list.name NOT LIKE 'sqlite_%' ORDER BY list.name, info.name"},
                        {}, keep);
        for (auto& table : tables) table.references = references_of(table.name);
        return tables;
    }

private:
    std::vector<std::string> references_of(const std::string& table) {
        std::vector<std::string> references;
        auto keep = [&](const Row& row) { references.emplace_back(row.text(0)); };
        connection_.run({"SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1) ORDER BY 1"},
                        std::array<Value, 1>{table}, keep);
        return references;
    }

    SqliteConnection connection_;
};

}  // namespace

std::unique_ptr<CopySide> sqlite_copy_side(const std::string& file, bool is_target) {
    return std::make_unique<SqliteCopySide>(file, is_target ? Access::write : Access::read);
}

}  // namespace etapa::db
