#pragma once
// Rows of one table on their way from one database to another, some at a time, in the order of the primary key.

#include "db/copy_side.hpp"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace etapa::db {

class RowPage {
public:
    explicit RowPage(const TableShape& table) : table_(table) {}

    void add(const Row& row);
    [[nodiscard]] std::size_t rows() const { return values_.size() / table_.columns.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::span<const Value> values(std::size_t first, std::size_t rows) const;
    // A row as text that is the same whatever database it came from.
    [[nodiscard]] std::string canonical(std::size_t row) const;

private:
    const TableShape& table_;
    std::vector<Value> values_;
    std::deque<std::string> contents_;  // what values of bytes refer to
    std::size_t bytes_ = 0;
};

// Reads in pages of some megabytes, so that memory stays bounded however large the rows are.
class PageReader {
public:
    PageReader(Connection& connection, const TableShape& table);
    // Empty at the end.
    std::optional<RowPage> next();

private:
    [[nodiscard]] std::string statement() const;
    void adapt(const RowPage& page);

    Connection& connection_;
    const TableShape& table_;
    std::vector<Value> behind_;  // the key of the last row that was read
    std::size_t rows_wanted_;
    bool is_over_ = false;
};

class PageWriter {
public:
    PageWriter(Connection& connection, const TableShape& table) : connection_(connection), table_(table) {}
    void write(const RowPage& page);

private:
    [[nodiscard]] std::string statement(std::size_t rows) const;

    Connection& connection_;
    const TableShape& table_;
};

}  // namespace etapa::db
