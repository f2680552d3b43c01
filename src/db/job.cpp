#include "db/job.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace etapa::db {

void Finished::add(AnyJob& job) {
    if (auto* thread = std::get_if<std::promise<void>>(&job.waiting_)) {
        threads_.push_back(std::move(*thread));
        return;
    }
    auto& coroutine = std::get<Suspended>(job.waiting_);
    const boost::asio::any_io_executor executor = boost::asio::get_associated_executor(coroutine);
    auto group = std::ranges::find(groups_, executor, &Group::executor);
    if (group == groups_.end()) group = groups_.insert(groups_.end(), Group{executor, {}});
    group->coroutines.push_back(std::move(coroutine));
}

void Finished::hand_back() {
    for (auto& [executor, coroutines] : groups_) {
        boost::asio::post(executor, [coroutines = std::move(coroutines)]() mutable {
            for (auto& coroutine : coroutines) std::move(coroutine)();
        });
    }
    for (auto& thread : threads_) thread.set_value();
    groups_.clear();
    threads_.clear();
}

}  // namespace etapa::db
