#pragma once
// Jobs that wait for a database thread, in the order in which they came, and not more than there is hope for.

#include "db/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

namespace etapa::db {

template <class Job> class Queue {
public:
    explicit Queue(std::size_t jobs_max) : jobs_max_(jobs_max) {}

    // Throws StoreUnavailable when too many wait, or when no more are taken.
    void push(Job& job) {
        // Told under the lock: once the job is done, the queue may be gone.
        const std::lock_guard lock(mutex_);
        if (closed_) throw StoreUnavailable("The server is shutting down.");
        if (jobs_.size() >= jobs_max_) throw StoreUnavailable("The server is too busy: too many transactions wait.");
        jobs_.push_back(&job);
        changed_.notify_one();
    }

    // Adds what waits to `taken` until that holds `count`, without waiting for more, unless `taken` is empty. False
    // when nothing is left to do and the queue is closed.
    bool take(std::deque<Job*>& taken, std::size_t count) {
        std::unique_lock lock(mutex_);
        if (taken.empty()) changed_.wait(lock, [&] { return closed_ || !jobs_.empty(); });
        return take_ready(taken, count);
    }

    // The same, but comes back with nothing when nothing came within `patience`.
    bool take(std::deque<Job*>& taken, std::size_t count, std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return closed_ || !jobs_.empty(); })) return true;
        return take_ready(taken, count);
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
        }
        changed_.notify_all();
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return jobs_.size();
    }

private:
    bool take_ready(std::deque<Job*>& taken, std::size_t count) {
        while (taken.size() < count && !jobs_.empty()) {
            taken.push_back(jobs_.front());
            jobs_.pop_front();
        }
        return !taken.empty();
    }

    const std::size_t jobs_max_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Job*> jobs_;
    bool closed_ = false;
};

}  // namespace etapa::db
