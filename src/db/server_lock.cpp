#include "db/server_lock.hpp"

#include "db/connection.hpp"
#include "db/url.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

namespace etapa::db {

ServerLock::ServerLock(const std::string& url) {
    if (is_postgres(url)) return;
    const std::string path = file_of(url) + ".lock";
    constexpr unsigned owner_and_group = 0660;
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, owner_and_group);
    if (file_ < 0) {
        throw Unusable("The file " + path + " cannot be written (" +
                       std::error_code(errno, std::system_category()).message() +
                       "). Give the user who runs etapa the right to write that directory.");
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(file_);
    throw Unusable("Another etapa server runs on the database " + file_of(url) +
                   ". Stop it first, or give this one another file with --database.");
}

// The file stays: removing it would let a third server lock a name that a second one is just opening.
ServerLock::~ServerLock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace etapa::db
