#pragma once
// A body on its way through a database thread, together with whoever waits for its result: a suspended coroutine or a
// blocked thread. A job lives in the waiting frame, so nothing is copied; once handed back it must not be touched.

#include "db/tx.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <future>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace etapa::db {

// The suspended coroutine, as Asio hands it to an operation.
using Suspended = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;

class AnyJob {
public:
    explicit AnyJob(const Caller& caller) : caller_(caller) {}
    AnyJob(const AnyJob&) = delete;
    AnyJob& operator=(const AnyJob&) = delete;
    virtual ~AnyJob() = default;

    [[nodiscard]] const Caller& caller() const { return caller_; }

    // The result is this exception instead of what the body returned.
    void fail(std::exception_ptr why) { failure_ = std::move(why); }
    void succeed() { failure_ = nullptr; }

    // One of the two, before the job is queued: who waits.
    void resume_when_done(Suspended coroutine) { waiting_.emplace<Suspended>(std::move(coroutine)); }
    [[nodiscard]] std::future<void> done() { return waiting_.emplace<std::promise<void>>().get_future(); }

protected:
    std::exception_ptr failure_;

private:
    friend class Finished;
    const Caller& caller_;
    std::variant<std::monostate, std::promise<void>, Suspended> waiting_;
};

// A job that runs in a transaction of the kind Tx.
template <class Tx> class Job : public AnyJob {
public:
    using AnyJob::AnyJob;
    // Runs the body; may be called again when the transaction has to be repeated.
    virtual void run(Tx& tx) = 0;
};

using ReadJob = Job<ReadTx>;
using WriteJob = Job<WriteTx>;

template <class F, class Tx> class Body final : public Job<Tx> {
public:
    using Result = std::invoke_result_t<F&, Tx&>;

    Body(const Caller& caller, F& body) : Job<Tx>(caller), body_(body) {}

    void run(Tx& tx) override {
        if constexpr (std::is_void_v<Result>) {
            body_(tx);
        } else {
            result_.reset();
            result_.emplace(body_(tx));
        }
    }

    // What the body returned or threw.
    Result take() {
        if (this->failure_) std::rethrow_exception(std::exchange(this->failure_, nullptr));
        if constexpr (!std::is_void_v<Result>) return *std::move(result_);
    }

private:
    F& body_;
    std::optional<std::conditional_t<std::is_void_v<Result>, std::monostate, Result>> result_;
};

// Jobs that are done, collected so that each executor is posted to once for all of its coroutines.
class Finished {
public:
    void add(AnyJob& job);
    void hand_back();

private:
    struct Group {
        boost::asio::any_io_executor executor;
        std::vector<Suspended> coroutines;
    };
    std::vector<Group> groups_;
    std::vector<std::promise<void>> threads_;
};

}  // namespace etapa::db
