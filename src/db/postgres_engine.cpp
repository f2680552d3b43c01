#include "db/postgres_engine.hpp"

#include <algorithm>

namespace etapa::db {
namespace {

// Who waits for a row that somebody else keeps is told so before its own time is over.
PostgresLimits limits_of(const DatabaseSettings& settings) {
    const auto lock_wait = std::min(settings.lock_wait_max, settings.body_time_max * 4 / 5);
    return {.statement = settings.body_time_max, .lock_wait = lock_wait};
}

}  // namespace

PostgresEngine::PostgresEngine(const Env& env, const DatabaseSettings& settings, Alarm& runner_alarm)
    : instants_(env.clock),
      server_(env, settings.url, limits_of(settings)),
      doorbell_(env, server_, runner_alarm),
      writers_(env, server_, instants_, settings, [this](Time due) { doorbell_.ring(due); }),
      readers_(env, server_, instants_, settings) {}

void PostgresEngine::read_inline(unsigned, ReadJob& job) {
    const auto done = job.done();
    readers_.enqueue(job);
    done.wait();
}

void PostgresEngine::backup(const std::string&) {
    throw Unusable(
        "A PostgreSQL database is copied with its own tools. Type `pg_dump --format=custom --file=FILE ADDRESS` for "
        "one "
        "consistent copy beside running servers, and `pg_restore --dbname=ADDRESS FILE` to bring it back; for large "
        "databases use `pg_basebackup` with an archive of the write-ahead log (docs/operations.md).");
}

}  // namespace etapa::db
