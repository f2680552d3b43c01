#include "db/copy_page.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace etapa::db {
namespace {

constexpr std::size_t page_bytes = 4'194'304;
constexpr std::size_t first_rows = 8;
constexpr std::size_t rows_max = 512;
// Both databases take this many values in a statement.
constexpr std::size_t values_max = 4'096;

std::string joined(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

std::string column_names(const TableShape& table) {
    std::vector<std::string> names;
    for (const auto& column : table.columns) names.push_back(column.name);
    return joined(names);
}

// `($5, $6, $7, $8)`
std::string placeholders(std::size_t first, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t number = first; number < first + count; ++number) names.push_back('$' + std::to_string(number));
    return '(' + joined(names) + ')';
}

template <class Number> void append_number(std::string& text, char mark, Number number) {
    text += mark;
    std::array<char, sizeof(Number)> bytes{};
    std::memcpy(bytes.data(), &number, sizeof(Number));
    text.append(bytes.data(), bytes.size());
}

void append_text(std::string& text, char mark, std::string_view value) {
    append_number(text, mark, std::uint64_t{value.size()});
    text += value;
}

struct AppendCanonical {
    std::string& text;

    void operator()(std::monostate) const { text += '0'; }
    void operator()(std::int64_t value) const { append_number(text, 'i', value); }
    void operator()(double value) const { append_number(text, 'r', value); }
    void operator()(bool value) const { text += value ? "b1" : "b0"; }
    void operator()(std::string_view value) const { append_text(text, 't', value); }
    void operator()(const std::string& value) const { append_text(text, 't', value); }
    void operator()(std::span<const std::byte> value) const {
        append_text(text, 'y', {reinterpret_cast<const char*>(value.data()), value.size()});
    }
};

}  // namespace

void RowPage::add(const Row& row) {
    int index = 0;
    for (const auto& column : table_.columns) {
        const int place = index++;
        bytes_ += sizeof(Value);
        if (row.is_null(place)) {
            values_.emplace_back();
            continue;
        }
        switch (column.kind) {
            case ColumnKind::integer: values_.emplace_back(row.integer(place)); break;
            case ColumnKind::real: values_.emplace_back(row.real(place)); break;
            case ColumnKind::boolean: values_.emplace_back(row.boolean(place)); break;
            case ColumnKind::text:
                values_.emplace_back(std::string(row.text(place)));
                bytes_ += row.text(place).size();
                break;
            case ColumnKind::bytes:
                contents_.emplace_back(row.text(place));
                values_.emplace_back(std::as_bytes(std::span(contents_.back())));
                bytes_ += contents_.back().size();
                break;
        }
    }
}

std::span<const Value> RowPage::values(std::size_t first, std::size_t rows) const {
    return std::span(values_).subspan(first * table_.columns.size(), rows * table_.columns.size());
}

std::string RowPage::canonical(std::size_t row) const {
    std::string text;
    for (const auto& value : values(row, 1)) std::visit(AppendCanonical{text}, value);
    return text;
}

PageReader::PageReader(Connection& connection, const TableShape& table)
    : connection_(connection), table_(table), rows_wanted_(first_rows) {}

std::optional<RowPage> PageReader::next() {
    if (is_over_) return std::nullopt;
    RowPage page(table_);
    auto keep = [&](const Row& row) { page.add(row); };
    const auto text = statement();
    connection_.run({text, Statement::Lifetime::call}, behind_, keep);
    is_over_ = page.rows() < rows_wanted_;
    if (page.rows() == 0) return std::nullopt;
    behind_.clear();
    const auto last = page.values(page.rows() - 1, 1);
    for (const auto& name : table_.key) {
        const auto column = std::ranges::find(table_.columns, name, &ColumnShape::name) - table_.columns.begin();
        behind_.push_back(last[static_cast<std::size_t>(column)]);
    }
    adapt(page);
    return page;
}

std::string PageReader::statement() const {
    std::string text = "SELECT " + column_names(table_) + " FROM " + table_.name;
    if (!behind_.empty()) text += " WHERE (" + joined(table_.key) + ") > " + placeholders(1, table_.key.size());
    return text + " ORDER BY " + joined(table_.key) + " LIMIT " + std::to_string(rows_wanted_);
}

// At most twice as many as before, so that some small rows say little about large ones that follow.
void PageReader::adapt(const RowPage& page) {
    const std::size_t fitting = page_bytes / std::max<std::size_t>(1, page.bytes() / page.rows());
    rows_wanted_ = std::clamp<std::size_t>(std::bit_floor(std::max<std::size_t>(1, fitting)), 1,
                                           std::min(rows_max, 2 * rows_wanted_));
}

// In statements of 2, 4, 8 … rows, so that few different ones have to be prepared.
void PageWriter::write(const RowPage& page) {
    auto ignore = [](const Row&) {};
    const std::size_t group_max = std::bit_floor(values_max / table_.columns.size());
    for (std::size_t row = 0; row < page.rows();) {
        const std::size_t group = std::min(group_max, std::bit_floor(page.rows() - row));
        const auto text = statement(group);
        const Statement insert{text, Statement::Lifetime::call};
        row += group;
        // The last one waits for all, so that no more than a page is under way.
        if (row < page.rows()) {
            connection_.defer(insert, page.values(row - group, group));
        } else {
            connection_.run(insert, page.values(row - group, group), ignore);
        }
    }
}

std::string PageWriter::statement(std::size_t rows) const {
    const std::size_t width = table_.columns.size();
    std::string text = "INSERT INTO " + table_.name + " (" + column_names(table_) + ") VALUES ";
    for (std::size_t row = 0; row < rows; ++row) text += (row > 0 ? ", " : "") + placeholders(row * width + 1, width);
    return text;
}

}  // namespace etapa::db
