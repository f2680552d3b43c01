#pragma once
// The SQLite file behind the bridge: a writer, readers, copies.

#include "db/backup.hpp"
#include "db/engine.hpp"
#include "db/sqlite_readers.hpp"
#include "db/sqlite_writer.hpp"

#include <string>

namespace etapa::db {

class SqliteEngine final : public Engine {
public:
    SqliteEngine(const Env& env, const DatabaseSettings& settings, Alarm& runner_alarm)
        : file_(file_of(settings.url)), writer_(env, file_, settings, runner_alarm), readers_(env, file_, settings) {}

    void write(WriteJob& job) override { writer_.enqueue(job); }
    void read(ReadJob& job) override { readers_.enqueue(job); }
    [[nodiscard]] std::size_t inline_readers() const override { return readers_.inline_readers(); }
    [[nodiscard]] std::int64_t jobs_per_transaction_max() const override { return 100; }
    void read_inline(unsigned io_thread, ReadJob& job) override { readers_.run_inline(io_thread, job); }
    void backup(const std::string& path) override { copy_database(file_, path, Existing::refuse); }

private:
    std::string file_;
    SqliteWriter writer_;
    SqliteReaders readers_;
};

}  // namespace etapa::db
