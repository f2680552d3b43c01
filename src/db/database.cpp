#include "db/database.hpp"

#include "db/migrate.hpp"
#include "db/postgres_engine.hpp"
#include "db/sqlite_engine.hpp"
#include "db/url.hpp"

#include <boost/asio/async_result.hpp>

namespace etapa {
namespace {

namespace asio = boost::asio;

// Suspends the coroutine and calls `enqueue`; the database thread hands the job back and so resumes it.
template <class Job, class F> asio::awaitable<void> suspended_for(Job& job, F enqueue) {
    const auto initiate = [&job, enqueue](db::Suspended coroutine) {
        job.resume_when_done(std::move(coroutine));
        try {
            enqueue(job);
        } catch (const db::StoreUnavailable&) {
            job.fail(std::current_exception());
            db::Finished refused;
            refused.add(job);
            refused.hand_back();
        }
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void()>(initiate, asio::use_awaitable);
}

}  // namespace

Database::Database(const Env& env, const DatabaseSettings& settings, Alarm& runner_alarm) {
    db::check_schema(settings.url, settings.migrations);
    if (db::is_postgres(settings.url)) {
        engine_ = std::make_unique<db::PostgresEngine>(env, settings, runner_alarm);
    } else {
        engine_ = std::make_unique<db::SqliteEngine>(env, settings, runner_alarm);
    }
}

asio::awaitable<void> Database::queued(db::WriteJob& job) {
    return suspended_for(job, [this](db::WriteJob& queued) { engine_->write(queued); });
}

asio::awaitable<void> Database::queued(db::ReadJob& job) {
    return suspended_for(job, [this](db::ReadJob& queued) { engine_->read(queued); });
}

void Database::wait_for(db::WriteJob& job) {
    const auto done = job.done();
    engine_->write(job);
    done.wait();
}

void Database::wait_for(db::ReadJob& job) {
    const auto done = job.done();
    engine_->read(job);
    done.wait();
}

}  // namespace etapa
