#include "db/checkpointer.hpp"

namespace etapa::db {
namespace {

constexpr int pages_to_copy = 4'000;
// Beyond this the thread does not keep up, so the writer pays itself.
constexpr int pages_max = 16'000;
// What the writer stops for. The thread goes over the log again until no more was added meanwhile.
constexpr int rest_pages_max = 64;
constexpr int passes_max = 5;

}  // namespace

Checkpointer::Checkpointer(const Env& env, const std::string& file)
    : env_(env),
      checkpoints_(env.metrics.counter("etapa_checkpoints_total", "Times that the write-ahead log began again.")),
      connection_(file, Access::write),
      ring_at_pages_(pages_to_copy),
      thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

// While a reader keeps an old snapshot nothing can be finished and the log grows, so each try waits for as many new
// pages.
void Checkpointer::after_commit(SqliteConnection& writer) {
    const int pages = writer.log_pages();
    if (pages < pages_to_copy) ring_at_pages_ = pages_to_copy;
    if (pages < log_pages_) checkpoints_.add();
    log_pages_ = pages;
    const bool rest = rest_.exchange(false);
    const bool due = pages >= ring_at_pages_;
    if (due) ring_at_pages_ = pages + pages_to_copy;
    if (rest || (due && pages > pages_max)) {
        copy(writer);
    } else if (due) {
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
        for (int pass = 0; pass < passes_max && log_pages_ - copy(connection_) > rest_pages_max; ++pass) {
        }
        rest_ = true;
        lock.lock();
    }
}

// A failed copy loses nothing: the log still holds everything.
int Checkpointer::copy(SqliteConnection& connection) {
    try {
        return connection.checkpoint();
    } catch (const std::exception& why) {
        env_.log.warning("The write-ahead log could not be copied.", {{"reason", std::string_view(why.what())}});
        return 0;
    }
}

}  // namespace etapa::db
