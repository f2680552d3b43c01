# Writes OUTPUT: the definition of etapa::db::migrations() (src/db/migrations.hpp) with the text of every file in
# MIGRATIONS, in the order of their names.
set(entries "")
foreach(path IN LISTS MIGRATIONS)
    cmake_path(GET path STEM name)
    file(READ "${path}" text)
    string(APPEND entries "    Migration{.name = \"${name}\", .text = R\"sql(${text})sql\"},\n")
endforeach()
list(LENGTH MIGRATIONS count)
file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake from migrations/*.sql.
#include \"db/migrations.hpp\"

#include <array>

namespace etapa::db {

static constexpr std::array<Migration, ${count}> all{
${entries}};

std::span<const Migration> migrations() { return all; }

}  // namespace etapa::db
")
