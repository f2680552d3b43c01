#pragma once
// One of the two databases of a copy: what db/copy.cpp needs to know that the common SQL does not say.

#include "db/connection.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::db {

enum class ColumnKind : std::uint8_t { text, integer, boolean, real, bytes };

struct ColumnShape {
    std::string name;
    ColumnKind kind = ColumnKind::text;
    bool operator==(const ColumnShape&) const = default;
};

struct TableShape {
    std::string name;
    std::vector<ColumnShape> columns;
    std::vector<std::string> key;         // the columns of the primary key, in its order
    std::vector<std::string> references;  // tables that have to be filled before
    bool operator==(const TableShape&) const = default;
};

class CopySide {
public:
    virtual ~CopySide() = default;

    [[nodiscard]] virtual Connection& connection() = 0;

    // One snapshot for all that is read until the end.
    virtual void begin_reading() = 0;
    // One transaction, for which others stay away. Throws Unusable when they do not.
    virtual void begin_writing() = 0;
    virtual void commit() = 0;
    // After the commit, where the database wants to know what the tables hold now.
    virtual void analyze(const std::vector<TableShape>& tables) = 0;

    // All tables of the schema, in the order of their names.
    [[nodiscard]] virtual std::vector<TableShape> tables() = 0;
    // Makes the next event come after those that were stored with a sequence of their own.
    virtual void continue_sequences() = 0;
};

std::unique_ptr<CopySide> sqlite_copy_side(const std::string& file, bool is_target);
std::unique_ptr<CopySide> postgres_copy_side(const std::string& url);

// Adds what a row of a catalogue tells: table, column, type, and the column's place in the primary key from 1, or 0.
void add_column(std::vector<TableShape>& tables, const Row& row);

}  // namespace etapa::db
