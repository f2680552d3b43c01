#include "db/checkpointer.hpp"

#include "db/database.hpp"

namespace etapa::db {
namespace {

// The log starts again from its beginning beyond so many copies, for which the writer has to stop; a crash leaves so
// much to read.
constexpr int copies_to_begin_again = 32;

}  // namespace

Checkpointer::Checkpointer(const Env& env, const std::string& file, const DatabaseSettings& settings)
    : env_(env),
      settings_(settings),
      checkpoints_(env.metrics.counter("etapa_checkpoints_total", "Copies of the write-ahead log into the database.")),
      connection_(file, Access::write),
      thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

// While a reader keeps an old snapshot nothing can be finished and the log grows, so each try waits for new pages.
void Checkpointer::after_commit(SqliteConnection& writer) {
    const int pages = writer.log_pages();
    if (pages < log_pages_) rung_at_pages_ = 0;
    log_pages_ = pages;
    if (rest_.exchange(false)) {
        copy(writer, Flush::no);
    } else if (pages >= rung_at_pages_ + settings_.log_pages_to_copy) {
        rung_at_pages_ = pages;
        ring();
    }
}

void Checkpointer::ring() {
    {
        const std::lock_guard lock(mutex_);
        wanted_ = true;
    }
    changed_.notify_all();
}

void Checkpointer::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [&] { return wanted_ || stopping_; });
        if (stopping_) return;
        wanted_ = false;
        lock.unlock();
        copy(connection_, Flush::yes);
        // Nothing but what was written meanwhile is left to the writer.
        rest_ = log_pages_ / settings_.log_pages_to_copy >= copies_to_begin_again;
        lock.lock();
    }
}

// SQLite itself flushes the file only when it has copied everything, which falls to the writer: without a flush of our
// own the writer would stop until the disk has taken the whole log.
//
// A copy that fails loses nothing, for the log still holds everything; but no later copy would write again what SQLite
// counts as copied, and the disk has forgotten. Whoever opens the file after the process is gone begins anew.
void Checkpointer::copy(SqliteConnection& connection, Flush flush) {
    try {
        connection.checkpoint();
        checkpoints_.add();
        if (flush == Flush::yes) connection.flush_file();
    } catch (const SyncFailed& why) {
        env_.log.error(
            "The disk may have lost what was copied into the database file, so the process ends. Nothing is "
            "lost: start it again.",
            {{"reason", std::string_view(why.what())}});
        settings_.end_process();
    } catch (const std::exception& why) {
        env_.log.warning("The write-ahead log could not be copied.", {{"reason", std::string_view(why.what())}});
    }
}

}  // namespace etapa::db
