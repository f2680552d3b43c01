#pragma once
// A PostgreSQL server behind the bridge: writers and readers, each on connections of their own.

#include "db/engine.hpp"
#include "db/postgres_doorbell.hpp"
#include "db/postgres_readers.hpp"
#include "db/postgres_writers.hpp"

#include <string>

namespace etapa::db {

class PostgresEngine final : public Engine {
public:
    PostgresEngine(const Env& env, const DatabaseSettings& settings, Alarm& runner_alarm);

    void write(WriteJob& job) override { writers_.enqueue(job); }
    void read(ReadJob& job) override { readers_.enqueue(job); }
    // Nobody knows how long the network takes, and an I/O thread has other connections to serve.
    [[nodiscard]] std::size_t inline_readers() const override { return 0; }
    [[nodiscard]] std::int64_t jobs_per_transaction_max() const override { return 50; }
    void read_inline(unsigned io_thread, ReadJob& job) override;
    void backup(const std::string& path) override;

private:
    Instants instants_;
    PostgresServer server_;
    PostgresDoorbell doorbell_;
    PostgresWriters writers_;
    PostgresReaders readers_;
};

}  // namespace etapa::db
