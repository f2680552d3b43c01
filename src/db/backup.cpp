#include "db/backup.hpp"

#include "db/sqlite.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace etapa::db {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
    throw Unusable("The copy " + path + " cannot be written: " + reason + (reason.ends_with('.') ? "" : "."));
}

std::string reason_of(int error) { return std::error_code(error, std::system_category()).message(); }

void flush(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool flushed = file >= 0 && ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (!flushed) refuse(path, reason_of(error));
}

void name_it(const std::string& partial, const std::string& path, Existing existing) {
    // A link fails when the name is taken, a rename replaces it; both are one step for whoever looks.
    const bool named = existing == Existing::replace ? ::rename(partial.c_str(), path.c_str()) == 0
                                                     : ::link(partial.c_str(), path.c_str()) == 0;
    const int error = errno;
    std::filesystem::remove(partial);
    if (!named) refuse(path, error == EEXIST ? "it exists already; give another name" : reason_of(error));
    const auto directory = std::filesystem::path(path).parent_path();
    flush(directory.empty() ? "." : directory.string());
}

}  // namespace

void copy_database(const std::string& file, const std::string& path, Existing existing) {
    if (existing == Existing::refuse && std::filesystem::exists(path))
        refuse(path, "it exists already; give another name");
    const std::string partial = path + ".partial-" + std::to_string(::getpid());
    std::filesystem::remove(partial);
    SqliteConnection connection(file, Access::write);
    try {
        connection.defer({"VACUUM INTO $1"}, std::array{Value(std::string_view(partial))});
        flush(partial);
    } catch (const std::exception& why) {
        std::filesystem::remove(partial);
        refuse(path, why.what());
    }
    name_it(partial, path, existing);
}

}  // namespace etapa::db
