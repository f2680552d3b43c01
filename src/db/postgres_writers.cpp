#include "db/postgres_writers.hpp"

#include <array>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

// Conflicts that come again and again are not worth more.
constexpr int attempts_max = 6;
// Whoever races somebody else for a name finds it taken when it looks again; who then still fails has a bug.
constexpr int attempts_with_constraint_max = 2;
constexpr int attempts_with_loss_max = 3;
// How long the fate of a commit is asked for, and how often.
constexpr auto settle_time_max = 10s;
constexpr auto between_questions = 50ms;

}  // namespace

PostgresWriters::PostgresWriters(const Env& env, PostgresServer& server, Instants& instants,
                                 const DatabaseSettings& settings, std::function<void(Time)> on_alarm)
    : env_(env),
      server_(server),
      instants_(instants),
      settings_(settings),
      on_alarm_(std::move(on_alarm)),
      figures_(figures_in(env.metrics)),
      ids_(env.random),
      queue_(settings.queued_max) {
    for (unsigned count = 0; count < settings.postgres_writers; ++count) {
        threads_.emplace_back([this] { work(); });
    }
}

PostgresWriters::~PostgresWriters() {
    queue_.close();
    threads_.clear();
}

PostgresWriters::Figures PostgresWriters::figures_in(Metrics& metrics) {
    static constexpr std::array seconds{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1., 2.5, 5., 10.};
    static constexpr std::array bodies{1., 2., 4., 8., 16., 32., 64.};
    constexpr std::string_view repeats = "etapa_transaction_repeats_total";
    constexpr std::string_view about_repeats = "Write transactions that had to be repeated, by reason.";
    return {metrics.histogram("etapa_transaction_seconds", "Duration of write transactions, commit included.", seconds),
            metrics.histogram("etapa_transaction_bodies", "Bodies that shared one write transaction.", bodies),
            metrics.gauge("etapa_transaction_queue", "Bodies that wait for the writer."),
            metrics.counter("etapa_commit_failures_total", "Write transactions whose commit failed."),
            metrics.counter("etapa_write_statements_total", "SQL statements that the writer ran."),
            metrics.counter("etapa_database_round_trips_total", "Waits for the database server.",
                            {{"transaction", "write"}}),
            metrics.counter(repeats, about_repeats, {{"reason", "conflict"}}),
            metrics.counter(repeats, about_repeats, {{"reason", "constraint"}}),
            metrics.counter(repeats, about_repeats, {{"reason", "connection"}}),
            metrics.counter("etapa_commits_settled_total",
                            "Commits that the server was asked about after the connection was lost.")};
}

void PostgresWriters::work() {
    PostgresSession session(server_, connected_);
    Queue<WriteJob>::Taker taker(queue_);
    std::deque<WriteJob*> taken;
    Finished finished;
    while (taker.take(taken, 1, idle_time)) {
        session.make_room();
        if (taken.empty()) continue;
        if (session.leaves_it_to_others() && give_back(taken)) continue;
        figures_.queued.set(static_cast<double>(1 + queue_.size()));
        run(session, *taken.front());
        finished.add(*taken.front());
        finished.hand_back();
        taken.clear();
    }
}

// False when the queue takes nothing any more.
bool PostgresWriters::give_back(std::deque<WriteJob*>& taken) {
    try {
        queue_.push(*taken.front());
    } catch (const StoreUnavailable&) {
        return false;
    }
    taken.clear();
    std::this_thread::sleep_for(leave_to_others_for);
    return true;
}

void PostgresWriters::run(PostgresSession& session, WriteJob& job) {
    for (int attempt = 1;; ++attempt) {
        const auto unfinished = try_to_run(session, job);
        if (unfinished.failure == Failure::fate_unknown) {
            const auto fate = settle(session, unfinished);
            if (fate == Fate::stored) return job.succeed();
            if (fate == Fate::unknown) return;
            if (!is_worth_repeating(Failure::lost, attempt)) return;
        } else if (!is_worth_repeating(unfinished.failure, attempt)) {
            return;
        }
    }
}

// Runs the body once. What it threw, or what the database says, is in the job.
PostgresWriters::Unfinished PostgresWriters::try_to_run(PostgresSession& session, WriteJob& job) {
    PostgresConnection* connection = nullptr;
    const auto start = SteadyClock::now();
    try {
        connection = &session.connection();
        run_in(*connection, job);
        job.succeed();
        figures_.transaction_seconds.observe(std::chrono::duration<double>(SteadyClock::now() - start).count());
        figures_.bodies_per_commit.observe(1);
        return {};
    } catch (...) {  // whatever a body throws belongs to whoever waits for it
        job.fail(std::current_exception());
        if (connection == nullptr) return {};
    }
    Unfinished unfinished{connection->failure(), connection->transaction_id(), connection->history()};
    connection->end();
    if (connection->is_lost()) session.disconnect();
    return unfinished;
}

void PostgresWriters::run_in(PostgresConnection& connection, WriteJob& job) {
    const auto statements_before = connection.statements();
    const auto round_trips_before = connection.round_trips();
    connection.begin(PostgresConnection::Access::write, settings_.body_time_max);
    WriteTx tx(connection, job.caller(), instants_, ids_, env_.random);
    job.run(tx);
    tx.finish();
    try {
        connection.commit();
    } catch (const StoreUnavailable& why) {
        figures_.commit_failures.add();
        env_.log.warning("A commit failed.", {{"reason", std::string_view(why.what())}});
        throw;
    }
    figures_.statements.add(static_cast<double>(connection.statements() - statements_before));
    figures_.round_trips.add(static_cast<double>(connection.round_trips() - round_trips_before));
    if (const auto due = tx.earliest_alarm()) on_alarm_(*due);
}

bool PostgresWriters::is_worth_repeating(Failure failure, int attempt) {
    const auto counted = [attempt](int attempts, Counter& counter) {
        if (attempt >= attempts) return false;
        counter.add();
        return true;
    };
    switch (failure) {
        case Failure::conflict: return counted(attempts_max, figures_.repeated_after_conflict);
        case Failure::constraint: return counted(attempts_with_constraint_max, figures_.repeated_after_constraint);
        case Failure::lost: return counted(attempts_with_loss_max, figures_.repeated_after_loss);
        default: return false;
    }
}

// Asks until the server knows: right after the loss it may still be committing.
PostgresWriters::Fate PostgresWriters::settle(PostgresSession& session, const Unfinished& unfinished) {
    figures_.settled.add();
    const auto give_up_at = SteadyClock::now() + settle_time_max;
    while (SteadyClock::now() < give_up_at) {
        if (const auto fate = ask_for_fate(session, unfinished)) return *fate;
        std::this_thread::sleep_for(between_questions);
    }
    return Fate::unknown;
}

std::optional<PostgresWriters::Fate> PostgresWriters::ask_for_fate(PostgresSession& session,
                                                                   const Unfinished& unfinished) {
    std::string status;
    auto keep = [&](const Row& row) { status = row.text(0); };
    const std::array<Value, 1> number{unfinished.transaction_id};
    try {
        auto& connection = session.connection();
        // A server that has crashed, or a standby that was promoted, may have given the number to another transaction.
        const bool is_same_history = connection.history() == unfinished.history;
        connection.run({"SELECT pg_xact_status(CAST(CAST($1 AS TEXT) AS xid8))"}, number, keep);
        if (status == "committed") return is_same_history ? Fate::stored : Fate::unknown;
        if (status == "aborted") return Fate::not_stored;
        return status.empty() ? std::optional(Fate::unknown) : std::nullopt;
    } catch (const StoreUnavailable&) {
        return std::nullopt;  // not there again yet
    } catch (const std::exception&) {
        return Fate::not_stored;  // a number that this server has not given to anybody yet
    }
}

}  // namespace etapa::db
