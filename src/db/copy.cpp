#include "db/copy.hpp"

#include "base/crypto.hpp"
#include "base/ranges.hpp"
#include "db/copy_page.hpp"
#include "db/copy_side.hpp"
#include "db/migrate.hpp"
#include "db/server_lock.hpp"
#include "db/url.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

namespace etapa::db {
namespace {

using Tell = std::function<void(const CopyProgress&)>;

// What each database keeps about itself.
constexpr std::array<std::string_view, 2> own_tables{"installation", "schema_version"};

std::unique_ptr<CopySide> side_of(const std::string& url, bool is_target) {
    return is_postgres(url) ? postgres_copy_side(url) : sqlite_copy_side(file_of(url), is_target);
}

std::int64_t number_from(Connection& connection, const std::string& text) {
    std::int64_t number = 0;
    auto keep = [&](const Row& row) { number = row.integer(0); };
    connection.run({text, Statement::Lifetime::call}, {}, keep);
    return number;
}

void refuse_filled(CopySide& side, const std::string& url) {
    const auto tables = side.tables();
    // Without a schema of ours the migration has the better word.
    if (!contains(tables, "schema_version", &TableShape::name)) return;
    for (const auto& table : tables) {
        if (contains(own_tables, table.name)) continue;
        if (number_from(side.connection(), "SELECT count(*) FROM (SELECT 1 FROM " + table.name + " LIMIT 1) AS one") ==
            0) {
            continue;
        }
        throw Unusable("The target " + shown(url) + " is not empty: there are rows in its table " + table.name +
                       ". Give another one with --to that does not exist yet or holds nothing; a copy is never added to"
                       " what is there.");
    }
}

// Before the target's schema is touched, so that nothing of somebody's is changed by a mistake in the addresses.
void refuse_filled(const std::string& url) {
    if (!is_postgres(url) && !std::filesystem::exists(file_of(url))) return;
    try {
        refuse_filled(*side_of(url, true), url);
    } catch (const StoreUnavailable&) {
        return;  // the migration says why
    }
}

// Those that others refer to first.
std::vector<TableShape> in_order(std::vector<TableShape> left) {
    std::vector<TableShape> ordered;
    while (!left.empty()) {
        const auto is_ready = [&](const TableShape& table) {
            return std::ranges::all_of(table.references, [&](const std::string& other) {
                return other == table.name || !contains(left, other, &TableShape::name);
            });
        };
        const auto next = std::ranges::find_if(left, is_ready);
        if (next == left.end()) throw Unusable("The tables of the source refer to each other in a circle.");
        ordered.push_back(std::move(*next));
        left.erase(next);
    }
    return ordered;
}

std::vector<TableShape> common_tables(CopySide& source, CopySide& target) {
    auto tables = source.tables();
    if (tables != target.tables()) {
        throw Unusable(
            "The schemas of the two databases differ, although both have the same version: somebody has"
            " changed one of them by hand. Bring them back to what `etapa migrate` makes.");
    }
    std::erase_if(tables, [](const TableShape& table) { return contains(own_tables, table.name); });
    return in_order(std::move(tables));
}

// A chain over all rows, each hashed with what came before it.
class Checksum {
public:
    void add(std::string_view row) { text_ = crypto::sha256_hex(text_ + std::string(row)); }
    [[nodiscard]] std::string text() const { return text_; }

private:
    std::string text_ = crypto::sha256_hex("");
};

class Copying {
public:
    Copying(CopySide& source, CopySide& target, const Tell& tell) : source_(source), target_(target), tell_(tell) {}

    std::vector<CopiedTable> run(const std::vector<TableShape>& tables) {
        for (const auto& table : tables) {
            progress_.total += 2 * number_from(source_.connection(), "SELECT count(*) FROM " + table.name);
        }
        std::vector<CopiedTable> copied;
        for (const auto& table : tables) copied.push_back(copy(table));
        for (std::size_t index = 0; index < tables.size(); ++index) verify(tables[index], copied[index]);
        return copied;
    }

private:
    CopiedTable copy(const TableShape& table) {
        begin(table, CopyProgress::Stage::copying);
        Checksum checksum;
        PageWriter writer(target_.connection(), table);
        read(source_, table, [&](const RowPage& page) {
            for (std::size_t row = 0; row < page.rows(); ++row) checksum.add(page.canonical(row));
            writer.write(page);
        });
        progress_.stage = CopyProgress::Stage::copied;
        tell_(progress_);
        return {table.name, progress_.rows, checksum.text()};
    }

    void verify(const TableShape& table, const CopiedTable& wanted) {
        begin(table, CopyProgress::Stage::verifying);
        Checksum checksum;
        read(target_, table, [&](const RowPage& page) {
            for (std::size_t row = 0; row < page.rows(); ++row) checksum.add(page.canonical(row));
        });
        if (progress_.rows == wanted.rows && checksum.text() == wanted.checksum) return;
        throw Unusable("The table " + table.name + " is not in the target what it is in the source (" +
                       std::to_string(progress_.rows) + " rows of " + std::to_string(wanted.rows) +
                       ", or other values). Nothing was kept; this is a bug in etapa.");
    }

    void begin(const TableShape& table, CopyProgress::Stage stage) {
        progress_.table = table.name;
        progress_.stage = stage;
        progress_.rows = 0;
        tell_(progress_);
    }

    template <class F> void read(CopySide& side, const TableShape& table, F take) {
        PageReader reader(side.connection(), table);
        while (const auto page = reader.next()) {
            take(*page);
            progress_.rows += static_cast<std::int64_t>(page->rows());
            progress_.done += static_cast<std::int64_t>(page->rows());
            tell_(progress_);
        }
    }

    CopySide& source_;
    CopySide& target_;
    const Tell& tell_;
    CopyProgress progress_;
};

// The copy is another life of the installation (decision 3): transactions count from the beginning there, so events
// stand in the order of their sequence alone, and cursors of the source are refused. Webhooks go on behind the last
// event that was told, or before the first one that was not, where the two orders differ.
std::int64_t begin_epoch(Connection& source, CopySide& target) {
    auto& connection = target.connection();
    const std::int64_t before = number_from(source, "SELECT epoch FROM installation");
    connection.defer({"UPDATE webhook_cursor SET sequence = coalesce((SELECT min(event.sequence) - 1 FROM event"
                      " WHERE event.organization_id = webhook_cursor.organization_id"
                      " AND (event.transaction_id, event.sequence)"
                      " > (webhook_cursor.transaction_id, webhook_cursor.sequence)), (SELECT max(event.sequence)"
                      " FROM event WHERE event.organization_id = webhook_cursor.organization_id), sequence)"
                      " WHERE epoch = $1"},
                     std::array<Value, 1>{before});
    connection.defer({"UPDATE event SET transaction_id = 0 WHERE transaction_id <> 0"}, {});
    connection.defer({"UPDATE installation SET epoch = $1"}, std::array<Value, 1>{before + 1});
    // The key file goes with the copy, so the copy refuses other ones.
    auto keep = [&](const Row& row) {
        if (row.is_null(0)) return;
        connection.defer({"UPDATE installation SET key_fingerprint = $1"}, std::array<Value, 1>{row.text(0)});
    };
    source.run({"SELECT key_fingerprint FROM installation"}, {}, keep);
    target.continue_sequences();
    return before + 1;
}

}  // namespace

Copied copy_installation(const Env& env, const std::string& from, const std::string& to, const Tell& tell) {
    check_schema(from);
    create_directory(to);
    const ServerLock lock(to);
    refuse_filled(to);
    migrate(env, to);
    const auto source = side_of(from, false);
    const auto target = side_of(to, true);
    source->begin_reading();
    target->begin_writing();
    refuse_filled(*target, to);
    const auto tables = common_tables(*source, *target);
    Copied copied{.tables = Copying(*source, *target, tell).run(tables)};
    copied.epoch = begin_epoch(source->connection(), *target);
    target->commit();
    target->analyze(tables);
    return copied;
}

}  // namespace etapa::db
