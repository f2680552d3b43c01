#include "base/csv.hpp"

namespace etapa::csv {
namespace {

bool is_formula(std::string_view cell) {
    constexpr std::string_view starts = "=+-@\t\r";
    return !cell.empty() && starts.find(cell.front()) != std::string_view::npos &&
           cell.find_first_not_of("0123456789 +-().") != std::string_view::npos;
}

void append_cell(std::string& out, std::string_view cell) {
    const bool has_apostrophe = is_formula(cell);
    if (!has_apostrophe && cell.find_first_of(",\"\r\n") == std::string_view::npos) {
        out += cell;
        return;
    }
    out += '"';
    if (has_apostrophe) out += '\'';
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace

void append_row(std::string& out, std::initializer_list<std::string_view> cells) {
    bool is_first = true;
    for (const auto cell : cells) {
        if (!is_first) out += ',';
        is_first = false;
        append_cell(out, cell);
    }
    out += "\r\n";
}

}  // namespace etapa::csv
