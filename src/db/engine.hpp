#pragma once
// What a database must do for the bridge: run jobs on its threads and hand them back. `Database` is the typed front.

#include "db/job.hpp"

#include <string>

namespace etapa::db {

// The destructor runs what is queued, then joins the threads.
class Engine {
public:
    virtual ~Engine() = default;

    // Queue the job; it is handed back when its transaction is durable or has failed. Safe from any thread.
    virtual void write(WriteJob& job) = 0;
    virtual void read(ReadJob& job) = 0;

    // How many I/O threads can read on connections of their own, because reading takes no longer than a change of
    // thread; none when there is a network in between.
    [[nodiscard]] virtual std::size_t inline_readers() const = 0;
    // How many jobs the runner may do in one transaction: enough to be cheap, few enough that requests between two
    // batches hardly wait, for the one writer of a file or for rows that the batch has locked (perf.md 6).
    [[nodiscard]] virtual std::int64_t jobs_per_transaction_max() const = 0;
    // Runs the job here and now, on the connection that belongs to the calling I/O thread; nothing is handed back.
    virtual void read_inline(unsigned io_thread, ReadJob& job) = 0;

    // Throws Unusable with the reason, also where copies are made with the database's own tools.
    virtual void backup(const std::string& path) = 0;
};

}  // namespace etapa::db
