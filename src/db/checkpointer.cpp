#include "db/checkpointer.hpp"

namespace etapa::db {
namespace {

// The thread copies so many pages at a time: flushing them keeps the disk from the writer for about 10 ms.
constexpr int pages_to_copy = 1'000;
// The log starts again from its beginning beyond this length, for which the writer has to stop; a crash leaves so much
// to read.
constexpr int pages_to_begin_again = 32'000;

}  // namespace

Checkpointer::Checkpointer(const Env& env, const std::string& file)
    : env_(env),
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
        copy(writer);
    } else if (pages >= rung_at_pages_ + pages_to_copy) {
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
        copy_to_disk();
        // Nothing but what was written meanwhile is left to the writer.
        rest_ = log_pages_ >= pages_to_begin_again;
        lock.lock();
    }
}

// SQLite itself flushes the file only when it has copied everything, which falls to the writer: without this flush the
// writer would stop until the disk has taken the whole log.
void Checkpointer::copy_to_disk() {
    copy(connection_);
    try {
        connection_.flush_file();
    } catch (const std::exception& why) {
        env_.log.warning("The database file could not be flushed.", {{"reason", std::string_view(why.what())}});
    }
}

// A failed copy loses nothing: the log still holds everything.
void Checkpointer::copy(SqliteConnection& connection) {
    try {
        connection.checkpoint();
        checkpoints_.add();
    } catch (const std::exception& why) {
        env_.log.warning("The write-ahead log could not be copied.", {{"reason", std::string_view(why.what())}});
    }
}

}  // namespace etapa::db
