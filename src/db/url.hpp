#pragma once
// Addresses of databases: `sqlite:PATH`, or `postgres://…` and `postgresql://…` as PostgreSQL's own library reads them.

#include <string>

namespace etapa::db {

bool is_postgres(const std::string& url);

// The path in `sqlite:PATH`; throws Unusable for an address of neither kind.
std::string file_of(const std::string& url);

// How an address may be shown to people: without its password.
std::string shown(const std::string& url);

}  // namespace etapa::db
