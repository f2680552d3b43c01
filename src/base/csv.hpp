#pragma once
// Rows of comma-separated values (RFC 4180).

#include <initializer_list>
#include <string>
#include <string_view>

namespace etapa::csv {

// Appends a row. Spreadsheets run cells that begin with `=`, `+`, `-`, `@`, a tab or a carriage return as formulas, so
// such texts get an apostrophe in front; phone numbers and numbers, which hold nothing but digits and ` +-().`, stay as
// they are.
void append_row(std::string& out, std::initializer_list<std::string_view> cells);

}  // namespace etapa::csv
