#include "db/sqlite_readers.hpp"

namespace etapa::db {

SqliteReaders::SqliteReaders(const Env& env, const std::string& file, const DatabaseSettings& settings)
    : env_(env), body_time_max_(settings.body_time_max), queue_(settings.queued_max) {
    for (unsigned count = 0; count < settings.io_threads; ++count) inline_.emplace_back(file, Access::read);
    for (unsigned count = 0; count < settings.reader_threads; ++count) pooled_.emplace_back(file, Access::read);
    for (auto& connection : pooled_) threads_.emplace_back([this, &connection] { work(connection); });
}

SqliteReaders::~SqliteReaders() {
    queue_.close();
    threads_.clear();
}

void SqliteReaders::run_inline(unsigned io_thread, ReadJob& job) { run(inline_.at(io_thread), job); }

void SqliteReaders::work(SqliteConnection& connection) {
    Queue<ReadJob>::Taker taker(queue_);
    std::deque<ReadJob*> taken;
    Finished finished;
    while (taker.take(taken, 1)) {
        run(connection, *taken.front());
        finished.add(*taken.front());
        finished.hand_back();
        taken.clear();
    }
}

void SqliteReaders::run(SqliteConnection& connection, ReadJob& job) {
    try {
        connection.execute("BEGIN");
        Instants instants(env_.clock);
        ReadTx tx(connection, job.caller(), instants);
        const TimeLimit limit(connection, body_time_max_);
        job.run(tx);
        job.succeed();
    } catch (...) {  // whatever a body throws belongs to whoever waits for it
        job.fail(std::current_exception());
    }
    if (connection.in_transaction()) connection.execute("COMMIT");
}

}  // namespace etapa::db
