#include "db/postgres_readers.hpp"

namespace etapa::db {

PostgresReaders::PostgresReaders(const Env& env, PostgresServer& server, Instants& instants,
                                 const DatabaseSettings& settings)
    : server_(server),
      instants_(instants),
      body_time_max_(settings.body_time_max),
      round_trips_(env.metrics.counter("etapa_database_round_trips_total", "Waits for the database server.",
                                       {{"transaction", "read"}})),
      queue_(settings.queued_max) {
    for (unsigned count = 0; count < settings.postgres_readers; ++count) {
        threads_.emplace_back([this] { work(); });
    }
}

PostgresReaders::~PostgresReaders() {
    queue_.close();
    threads_.clear();
}

void PostgresReaders::work() {
    PostgresSession session(server_, connected_);
    Queue<ReadJob>::Taker taker(queue_);
    std::deque<ReadJob*> taken;
    Finished finished;
    while (taker.take(taken, 1, idle_time)) {
        session.make_room();
        if (taken.empty()) continue;
        if (session.leaves_it_to_others() && give_back(taken)) continue;
        run(session, *taken.front());
        finished.add(*taken.front());
        finished.hand_back();
        taken.clear();
    }
}

// False when the queue takes nothing any more.
bool PostgresReaders::give_back(std::deque<ReadJob*>& taken) {
    try {
        queue_.push(*taken.front());
    } catch (const StoreUnavailable&) {
        return false;
    }
    taken.clear();
    std::this_thread::sleep_for(leave_to_others_for);
    return true;
}

// A connection that was lost under way is made again once: reading changes nothing.
void PostgresReaders::run(PostgresSession& session, ReadJob& job) {
    if (!try_to_run(session, job)) try_to_run(session, job);
}

// False when another try may help.
bool PostgresReaders::try_to_run(PostgresSession& session, ReadJob& job) {
    PostgresConnection* connection = nullptr;
    std::int64_t round_trips_before = 0;
    try {
        connection = &session.connection();
        round_trips_before = connection->round_trips();
        connection->begin(PostgresConnection::Access::read, body_time_max_);
        ReadTx tx(*connection, job.caller(), instants_);
        job.run(tx);
        job.succeed();
    } catch (...) {  // whatever a body throws belongs to whoever waits for it
        job.fail(std::current_exception());
        if (connection == nullptr) return true;
    }
    round_trips_.add(static_cast<double>(connection->round_trips() - round_trips_before));
    const bool may_help = connection->failure() == PostgresConnection::Failure::lost;
    connection->end();
    if (connection->is_lost()) session.disconnect();
    return !may_help;
}

}  // namespace etapa::db
