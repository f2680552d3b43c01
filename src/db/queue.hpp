#pragma once
// Jobs that wait for a database thread, in the order in which they came, and not more than there is hope for.

#include "db/connection.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace etapa::db {

template <class Job> class Queue {
public:
    // Somebody who takes jobs, on a thread of its own.
    class Taker {
    public:
        explicit Taker(Queue& queue) : queue_(queue) {
            const std::lock_guard lock(queue_.mutex_);
            queue_.takers_.push_back(this);
        }
        ~Taker() {
            const std::lock_guard lock(queue_.mutex_);
            std::erase(queue_.takers_, this);
        }
        Taker(const Taker&) = delete;
        Taker& operator=(const Taker&) = delete;

        // Adds what waits to `taken` until that holds `count`, without waiting for more, unless `taken` is empty. False
        // when nothing is left to do and the queue is closed.
        bool take(std::deque<Job*>& taken, std::size_t count) {
            std::unique_lock lock(queue_.mutex_);
            if (taken.empty()) woken_.wait(lock, [this] { return is_awake(); });
            return queue_.take_ready(taken, count);
        }

        // The same, but comes back with nothing when nothing came within `patience`.
        bool take(std::deque<Job*>& taken, std::size_t count, std::chrono::milliseconds patience) {
            std::unique_lock lock(queue_.mutex_);
            if (woken_.wait_for(lock, patience, [this] { return is_awake(); })) return queue_.take_ready(taken, count);
            sleeps_ = false;
            return true;
        }

    private:
        friend Queue;

        bool is_awake() {
            sleeps_ = !queue_.closed_ && queue_.jobs_.empty();
            return !sleeps_;
        }

        Queue& queue_;
        std::condition_variable woken_;
        bool sleeps_ = false;
    };

    explicit Queue(std::size_t jobs_max) : jobs_max_(jobs_max) {}

    // Throws StoreUnavailable when too many wait, or when no more are taken.
    void push(Job& job) {
        // Told under the lock: once the job is done, the queue may be gone.
        const std::lock_guard lock(mutex_);
        if (closed_) throw StoreUnavailable("The server is shutting down.");
        if (jobs_.size() >= jobs_max_) throw StoreUnavailable("The server is too busy: too many transactions wait.");
        jobs_.push_back(&job);
        wake_one();
    }

    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        for (auto* taker : takers_) taker->woken_.notify_one();
    }

    // Adds what waits to `taken` until that holds `count`, without waiting for more.
    void take_now(std::deque<Job*>& taken, std::size_t count) {
        const std::lock_guard lock(mutex_);
        take_ready(taken, count);
    }

    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return jobs_.size();
    }

private:
    // Always the first that sleeps: so a few connections do what there is in quiet times, and have everything at hand.
    void wake_one() {
        const auto taker = std::ranges::find(takers_, true, &Taker::sleeps_);
        if (taker == takers_.end()) return;
        (*taker)->sleeps_ = false;
        (*taker)->woken_.notify_one();
    }

    bool take_ready(std::deque<Job*>& taken, std::size_t count) {
        while (taken.size() < count && !jobs_.empty()) {
            taken.push_back(jobs_.front());
            jobs_.pop_front();
        }
        return !taken.empty();
    }

    const std::size_t jobs_max_;
    mutable std::mutex mutex_;
    std::vector<Taker*> takers_;
    std::deque<Job*> jobs_;
    bool closed_ = false;
};

}  // namespace etapa::db
