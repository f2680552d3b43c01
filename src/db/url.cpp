#include "db/url.hpp"

#include "db/libpq.hpp"

namespace etapa::db {

bool is_postgres(const std::string& url) { return url.starts_with("postgres://") || url.starts_with("postgresql://"); }

std::string file_of(const std::string& url) {
    constexpr std::string_view scheme = "sqlite:";
    if (!url.starts_with(scheme) || url.size() == scheme.size()) {
        throw Unusable(
            "The database '" + shown(url) +
            "' is not known. Give it as sqlite:PATH, as in sqlite:data/etapa.db, or as postgres://USER@HOST/NAME.");
    }
    return url.substr(scheme.size());
}

std::string shown(const std::string& url) { return is_postgres(url) ? PqLink::shown(url) : url; }

}  // namespace etapa::db
