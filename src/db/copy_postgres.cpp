#include "db/copy_side.hpp"
#include "db/postgres.hpp"

#include <array>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

// A large installation takes its time; whatever waits for nothing else is bounded by TCP's own limits.
constexpr std::chrono::milliseconds time_max = 48h;
constexpr PostgresLimits limits{.statement = time_max, .lock_wait = 10s};

class PostgresCopySide final : public CopySide {
public:
    explicit PostgresCopySide(const std::string& url) : connection_(url, limits) {
        // Pages are read along the primary key, however little the planner knows yet about tables just filled.
        connection_.execute("SET enable_seqscan = off");
        connection_.execute("SET enable_sort = off");
        connection_.execute("SET plan_cache_mode = force_custom_plan");
    }

    Connection& connection() override { return connection_; }

    void begin_reading() override { connection_.begin(PostgresConnection::Access::read, time_max); }

    void begin_writing() override {
        connection_.begin(PostgresConnection::Access::write, time_max);
        bool is_alone = false;
        auto keep = [&](const Row& row) { is_alone = row.boolean(0); };
        // The lock under which the schema is changed: nodes that start wait for it.
        connection_.run({"SELECT pg_try_advisory_xact_lock(1163019345, hashtext(current_schema()))"}, {}, keep);
        if (!is_alone) {
            throw Unusable("Another etapa is just changing the target. Wait until it is done, and copy again.");
        }
        // Nobody adds an organization meanwhile; a server that runs there is not ready until the copy is done.
        connection_.execute("LOCK TABLE organization IN SHARE ROW EXCLUSIVE MODE");
    }

    void commit() override { connection_.commit(); }

    void analyze(const std::vector<TableShape>& tables) override {
        for (const auto& table : tables) {
            connection_.defer({"ANALYZE " + table.name, Statement::Lifetime::call}, {});
        }
        connection_.execute("SELECT 1");
    }

    void continue_sequences() override {
        connection_.execute(
            "SELECT setval(pg_get_serial_sequence('event', 'sequence'), coalesce(max(sequence), 0) + 1, FALSE)"
            " FROM event");
    }

    std::vector<TableShape> tables() override {
        std::vector<TableShape> tables;
        auto keep = [&](const Row& row) { add_column(tables, row); };
        connection_.run(
            {"SELECT tbl.relname, col.attname, format_type(col.atttypid, NULL),"
             " coalesce(array_position(CAST(idx.indkey AS SMALLINT[]), col.attnum) + 1, 0)"
             " FROM pg_class AS tbl JOIN pg_attribute AS col ON col.attrelid = tbl.oid AND col.attnum > 0"
             " AND NOT col.attisdropped LEFT JOIN pg_index AS idx ON idx.indrelid = tbl.oid AND idx.indisprimary"
             " WHERE tbl.relnamespace = to_regnamespace(quote_ident(current_schema())) AND tbl.relkind IN ('r', 'p')"
             " AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = tbl.oid AND deptype = 'e')"
             " ORDER BY tbl.relname COLLATE \"C\", col.attname COLLATE \"C\""},
            {}, keep);
        for (auto& table : tables) table.references = references_of(table.name);
        return tables;
    }

private:
    std::vector<std::string> references_of(const std::string& table) {
        std::vector<std::string> references;
        auto keep = [&](const Row& row) { references.emplace_back(row.text(0)); };
        connection_.run(
            {"SELECT DISTINCT other.relname COLLATE \"C\" FROM pg_constraint AS refers JOIN pg_class AS other"
             " ON other.oid = refers.confrelid WHERE refers.contype = 'f'"
             " AND refers.conrelid = to_regclass(quote_ident($1)) ORDER BY 1"},
            std::array<Value, 1>{table}, keep);
        return references;
    }

    PostgresConnection connection_;
};

}  // namespace

std::unique_ptr<CopySide> postgres_copy_side(const std::string& url) { return std::make_unique<PostgresCopySide>(url); }

}  // namespace etapa::db
