#include "db/copy.hpp"

#include "app/commands/command.hpp"
#include "app/commands/operate.hpp"
#include "app/key_file.hpp"
#include "db/url.hpp"

#include <unistd.h>

namespace etapa::app {
namespace {

struct ShownTable {
    std::string name;
    std::int64_t rows = 0;
    std::string checksum;

    static consteval auto fields() {
        return describe(field("name", &ShownTable::name, "The table."),
                        field("rows", &ShownTable::rows, "Its rows, in both databases."),
                        field("checksum", &ShownTable::checksum, "Of all its values, the same in both databases."));
    }
};

struct Result {
    std::string from;
    std::string to;
    std::int64_t rows = 0;
    std::int64_t epoch = 0;
    std::vector<ShownTable> tables;

    static consteval auto fields() {
        return describe(field("from", &Result::from, "The database that was copied."),
                        field("to", &Result::to, "The copy."), field("rows", &Result::rows, "All rows."),
                        field("epoch", &Result::epoch, "The life of the copy: cursors of other lives are refused."),
                        field("tables", &Result::tables, "What was copied, and compared."));
    }
};

// A bar for somebody who watches, a line for each table otherwise.
class Progress {
public:
    void operator()(const db::CopyProgress& now) {
        const bool is_copied = now.stage == db::CopyProgress::Stage::copied;
        if (!is_watched_) {
            if (is_copied) std::cerr << now.table << ": " << now.rows << (now.rows == 1 ? " row\n" : " rows\n");
            return;
        }
        const auto percent = now.total == 0 ? hundred : hundred * now.done / now.total;
        const bool is_verifying = now.stage == db::CopyProgress::Stage::verifying;
        const auto line = bar(percent) + (is_verifying ? "comparing " : "copying ") + std::string(now.table);
        if (line == shown_) return;
        shown_ = line;
        std::cerr << "\r\033[K" << line << std::flush;
    }

    ~Progress() {
        if (!shown_.empty()) std::cerr << '\n';
    }

    Progress() = default;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

private:
    static constexpr std::int64_t hundred = 100;

    static std::string bar(std::int64_t percent) {
        constexpr std::int64_t percent_in_a_mark = 4;
        const auto marks = static_cast<std::size_t>(percent / percent_in_a_mark);
        const auto number = std::to_string(percent);
        return '[' + std::string(marks, '#') + std::string(hundred / percent_in_a_mark - marks, '.') + "] " +
               std::string(3 - number.size(), ' ') + number + " % ";
    }

    const bool is_watched_ = ::isatty(STDERR_FILENO) == 1;
    std::string shown_;
};

std::string closing_words(const std::string& from) {
    const auto beside = standard_key_file(from);
    return "The key file" + (beside.empty() ? std::string() : ' ' + beside) +
           " is not in the database. Bring it to the servers of the copy, by --key-file: without it they cannot use the"
           " accounts of channels.\n";
}

void copy_installation(CommandLine& line) {
    std::string from;
    std::string to;
    line.option("--from", from, "Database to copy: sqlite:PATH or postgres://USER@HOST/NAME",
                CommandLine::Need::required);
    line.option("--to", to, "Where it goes: a database that holds nothing, or an SQLite file that does not exist yet",
                CommandLine::Need::required);
    line.parse();
    const Surroundings surroundings;
    Result result{.from = db::shown(from), .to = db::shown(to), .rows = 0, .epoch = 0, .tables = {}};
    {
        Progress progress;
        auto copied = db::copy_installation(surroundings.env, from, to, std::ref(progress));
        result.epoch = copied.epoch;
        for (auto& table : copied.tables) {
            result.rows += table.rows;
            result.tables.push_back({std::move(table.name), table.rows, std::move(table.checksum)});
        }
    }
    print(result);
    std::cerr << closing_words(from);
}

}  // namespace

extern const Command copy{
    .name = "copy",
    .about = "Copies a whole installation to another database, also from SQLite to PostgreSQL and back",
    .example = "etapa copy --from sqlite:data/etapa.db --to postgres://etapa@db.example/etapa",
    .run = copy_installation};

}  // namespace etapa::app
