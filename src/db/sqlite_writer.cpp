#include "db/sqlite_writer.hpp"

#include <array>
#include <utility>

namespace etapa::db {

SqliteWriter::SqliteWriter(const Env& env, const std::string& file, const DatabaseSettings& settings,
                           Alarm& runner_alarm)
    : env_(env),
      settings_(settings),
      runner_alarm_(runner_alarm),
      figures_(figures_in(env.metrics)),
      connection_(file, Access::write),
      checkpointer_(env, file, settings_),
      ids_(env.random),
      instants_(env.clock),
      queue_(settings.queued_max),
      thread_([this] {
          connection_.set_lock_wait(settings_.lock_wait_max);
          work();
      }) {}

SqliteWriter::~SqliteWriter() {
    queue_.close();
    thread_.join();
}

SqliteWriter::Figures SqliteWriter::figures_in(Metrics& metrics) {
    static constexpr std::array seconds{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1., 2.5, 5., 10.};
    static constexpr std::array bodies{1., 2., 4., 8., 16., 32., 64.};
    return {metrics.histogram("etapa_transaction_seconds", "Duration of write transactions, commit included.", seconds),
            metrics.histogram("etapa_transaction_bodies", "Bodies that shared one write transaction.", bodies),
            metrics.gauge("etapa_transaction_queue", "Bodies that wait for the writer."),
            metrics.counter("etapa_commit_failures_total", "Write transactions whose commit failed."),
            metrics.counter("etapa_write_statements_total", "SQL statements that the writer ran.")};
}

void SqliteWriter::work() {
    Queue<WriteJob>::Taker taker(queue_);
    Jobs waiting;
    while (taker.take(waiting, settings_.bodies_per_commit_max)) {
        figures_.queued.set(static_cast<double>(waiting.size() + queue_.size()));
        const auto statements_before = connection_.statements();
        run_together(waiting, Others::join);
        figures_.statements.add(static_cast<double>(connection_.statements() - statements_before));
        checkpointer_.after_commit(connection_);
    }
}

// Takes from `waiting` what fits into one transaction, and commits it. Others who come meanwhile may join it.
void SqliteWriter::run_together(Jobs& waiting, Others others) {
    const auto start = SteadyClock::now();
    earliest_alarm_.reset();
    try {
        connection_.execute("BEGIN IMMEDIATE");
    } catch (const std::exception& why) {
        // Who comes later would wait just as long, so nobody waits twice.
        const std::vector<WriteJob*> jobs(waiting.begin(), waiting.end());
        waiting.clear();
        refuse(jobs, StoreUnavailable(why.what()));
        return;
    }
    std::vector<WriteJob*> jobs;
    do {
        WriteJob* job = waiting.front();
        waiting.pop_front();
        if (run(*job) == Transaction::dead) {
            hand_back({&job, 1});
            run_alone(jobs);
            return;
        }
        jobs.push_back(job);
        if (waiting.empty() && others == Others::join) queue_.take_now(waiting, 1);
    } while (!waiting.empty() && jobs.size() < settings_.bodies_per_commit_max &&
             SteadyClock::now() - start < settings_.work_per_commit_max);
    commit(jobs, start);
}

// One of their neighbours ended the whole transaction, so they run again, each in its own.
void SqliteWriter::run_alone(const std::vector<WriteJob*>& jobs) {
    for (WriteJob* job : jobs) {
        Jobs alone{job};
        run_together(alone, Others::wait);
    }
}

// Runs the body under a savepoint: what it stored is undone when it throws, and the others don't notice. Full disk, I/O
// error, interrupt and lack of memory end the whole transaction, which only SQLite can tell.
SqliteWriter::Transaction SqliteWriter::run(WriteJob& job) {
    bool undone = false;
    try {
        connection_.execute("SAVEPOINT body");
        run_body(job);
        job.succeed();
        if (connection_.in_transaction()) connection_.execute("RELEASE body");
    } catch (...) {  // whatever a body throws belongs to whoever waits for it
        job.fail(std::current_exception());
        undone = true;
    }
    if (connection_.in_transaction() && undone) undo_body();
    if (connection_.in_transaction()) return Transaction::alive;
    if (!undone) job.fail(std::make_exception_ptr(StoreUnavailable("The database ended the transaction.")));
    return Transaction::dead;
}

void SqliteWriter::run_body(WriteJob& job) {
    WriteTx tx(connection_, job.caller(), instants_, ids_, env_.random);
    const TimeLimit limit(connection_, settings_.body_time_max);
    job.run(tx);
    tx.finish();
    if (const auto due = tx.earliest_alarm()) earliest_alarm_ = std::min(*due, earliest_alarm_.value_or(*due));
}

void SqliteWriter::undo_body() {
    try {
        connection_.execute("ROLLBACK TO body");
        connection_.execute("RELEASE body");
    } catch (const std::exception&) {
        if (connection_.in_transaction()) roll_back();
    }
}

void SqliteWriter::roll_back() {
    try {
        connection_.execute("ROLLBACK");
    } catch (const std::exception& why) {
        env_.log.error("A transaction could not be rolled back.", {{"reason", std::string_view(why.what())}});
    }
}

void SqliteWriter::commit(const std::vector<WriteJob*>& jobs, SteadyClock::time_point start) {
    try {
        connection_.execute("COMMIT");
    } catch (const ConstraintViolated& why) {  // a deferred one: somebody's body is wrong, not everybody's
        roll_back();
        return jobs.size() == 1 ? refuse(jobs, why) : run_alone(jobs);
    } catch (const std::exception& why) {
        figures_.commit_failures.add();
        if (connection_.in_transaction()) roll_back();
        env_.log.error("A commit failed.", {{"reason", std::string_view(why.what())}});
        return refuse(jobs, StoreUnavailable(why.what()));
    }
    figures_.transaction_seconds.observe(std::chrono::duration<double>(SteadyClock::now() - start).count());
    figures_.bodies_per_commit.observe(static_cast<double>(jobs.size()));
    if (earliest_alarm_) runner_alarm_.set(*earliest_alarm_);
    hand_back(jobs);
}

template <class Why> void SqliteWriter::refuse(const std::vector<WriteJob*>& jobs, const Why& why) {
    // Each waiting thread gets an exception of its own, because copies of one share their text.
    for (WriteJob* job : jobs) job->fail(std::make_exception_ptr(Why(std::string(why.what()))));
    hand_back(jobs);
}

void SqliteWriter::hand_back(std::span<WriteJob* const> jobs) {
    for (WriteJob* job : jobs) finished_.add(*job);
    finished_.hand_back();
}

}  // namespace etapa::db
