#pragma once
// Keeps a second server away from the same SQLite file; a PostgreSQL server has many. Commands (init, key, backup) do
// not take it: they may work beside a server, because SQLite's own locks order their transactions.

#include <string>

namespace etapa::db {

class ServerLock {
public:
    // Held as long as the object lives; the operating system releases it when the process dies. Throws Unusable when
    // another server holds it.
    explicit ServerLock(const std::string& url);
    ~ServerLock();
    ServerLock(const ServerLock&) = delete;
    ServerLock& operator=(const ServerLock&) = delete;

private:
    int file_ = -1;
};

}  // namespace etapa::db
