#pragma once
// The bridge between the world, which waits, and transactions, which never do.
//
// A body is an ordinary callable that takes a `ReadTx&` or a `WriteTx&`. It is kept by reference, because the frame of
// the caller outlives the wait, and it runs on a database thread. A body may run more than once (the transaction that
// it shares with others may have to be repeated), so it has no effect but on the database and its own result, and
// nothing in it waits for the world. Not a place for SQL: that stands in the stores.

#include "base/alarm.hpp"
#include "base/env.hpp"
#include "db/engine.hpp"
#include "db/migrations.hpp"
#include "db/tx.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

namespace etapa {

struct DatabaseSettings {
    std::string url = "sqlite:data/etapa.db";
    unsigned io_threads = 1;        // each has its own connection for read_inline
    unsigned reader_threads = 1;    // they share the bodies of read
    unsigned postgres_writers = 8;  // connections, each with its thread; an SQLite file has one writer
    unsigned postgres_readers = 8;
    std::size_t queued_max = 10'000;
    std::size_t bodies_per_commit_max = 64;
    std::chrono::milliseconds work_per_commit_max{10};
    std::chrono::milliseconds body_time_max{5'000};
    std::chrono::milliseconds lock_wait_max{10'000};  // for another process
    // SQLite: the write-ahead log is copied into the file after so many new pages. Flushing them keeps the disk from
    // the writer for about 10 ms.
    int log_pages_to_copy = 1'000;
    // Called when the disk has lost a part of such a copy, for which only a new start makes up. SQLite alone.
    std::function<void()> end_process = [] { std::_Exit(EXIT_FAILURE); };
    std::span<const db::Migration> migrations = db::migrations();  // the schema that the program expects
};

// Safe from any thread. Destroy it when no coroutine waits for it any more and before the I/O contexts.
class Database {
public:
    template <class F> using Read = std::invoke_result_t<F&, ReadTx&>;
    template <class F> using Written = std::invoke_result_t<F&, WriteTx&>;

    // Opens a database that db::migrate has prepared. Throws db::Unusable when it cannot be used. `runner_alarm` is set
    // after each commit to the earliest time for which a body asked an alarm.
    Database(const Env& env, const DatabaseSettings& settings, Alarm& runner_alarm);

    // Runs the body in a write transaction and resumes when that is durable. Throws what the body threw (nothing of it
    // is stored then), or db::StoreUnavailable.
    template <class F> boost::asio::awaitable<Written<F>> write(const Caller& caller, F& body) {
        static_assert(std::is_trivially_destructible_v<F>, "capture by reference: docs/decisions/0001");
        db::Body<F, WriteTx> job(caller, body);
        co_await queued(job);
        co_return job.take();
    }

    // Runs the body on a reader thread, on one snapshot of the database.
    template <class F> boost::asio::awaitable<Read<F>> read(const Caller& caller, F& body) {
        static_assert(std::is_trivially_destructible_v<F>, "capture by reference: docs/decisions/0001");
        db::Body<F, ReadTx> job(caller, body);
        co_await queued(job);
        co_return job.take();
    }

    // For reads of a few rows: where they cost less than a change of thread, on the calling I/O thread's own
    // connection, else as `read`. `io_thread` counts from 0; only that thread may pass its number.
    template <class F>
    boost::asio::awaitable<Read<F>> read_row(unsigned io_thread, const Caller& caller, F& body) {
        static_assert(std::is_trivially_destructible_v<F>, "capture by reference: docs/decisions/0001");
        db::Body<F, ReadTx> job(caller, body);
        if (inline_readers() > 0) {
            engine_->read_inline(io_thread, job);
        } else {
            co_await queued(job);
        }
        co_return job.take();
    }

    // How many I/O threads can `read_inline`: all of them, or none.
    [[nodiscard]] std::size_t inline_readers() const { return engine_->inline_readers(); }

    // How many jobs the runner may do in one transaction, so that nobody beside it waits long.
    [[nodiscard]] std::int64_t jobs_per_transaction_max() const { return engine_->jobs_per_transaction_max(); }

    // Runs the body on the calling I/O thread's own connection, on one snapshot.
    template <class F> Read<F> read_inline(unsigned io_thread, const Caller& caller, F& body) {
        db::Body<F, ReadTx> job(caller, body);
        engine_->read_inline(io_thread, job);
        return job.take();
    }

    // The same for commands, the job runner and tests: block the calling thread, which must not be one of the database.
    template <class F> Written<F> write_now(const Caller& caller, F& body) {
        db::Body<F, WriteTx> job(caller, body);
        wait_for(job);
        return job.take();
    }
    template <class F> Read<F> read_now(const Caller& caller, F& body) {
        db::Body<F, ReadTx> job(caller, body);
        wait_for(job);
        return job.take();
    }

    // Writes a consistent copy to `path`, a single file that must not exist yet, beside running transactions. Takes its
    // time; blocks the caller. Throws db::Unusable with the reason.
    void backup(const std::string& path) { engine_->backup(path); }

private:
    boost::asio::awaitable<void> queued(db::WriteJob& job);
    boost::asio::awaitable<void> queued(db::ReadJob& job);
    void wait_for(db::WriteJob& job);
    void wait_for(db::ReadJob& job);

    std::unique_ptr<db::Engine> engine_;
};

}  // namespace etapa
