#include "db/rows.hpp"

namespace etapa::db {

std::string snake_case(std::string_view camel_case) {
    std::string name;
    for (const char c : camel_case) {
        const bool capital = c >= 'A' && c <= 'Z';
        if (capital && !name.empty()) name += '_';
        name += capital ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return name;
}

}  // namespace etapa::db
