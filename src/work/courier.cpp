#include "work/courier.hpp"

#include "base/ranges.hpp"
#include "work/kind.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace etapa::work {

namespace asio = boost::asio;

namespace {

constexpr std::array second_bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0};

const Kind* outside_kind(std::string_view name) {
    const auto all = kinds();
    const auto found = std::ranges::find(all, name, &Kind::name);
    return found == all.end() || found->call == nullptr ? nullptr : &*found;
}

}  // namespace

Courier::Courier(const Env& env, net::Transport& http, CourierSettings settings)
    : env_(env),
      http_(http),
      settings_(std::move(settings)),
      under_way_(env.metrics.gauge("etapa_jobs", "Jobs that are stored.", {{"state", "running"}})),
      attempt_seconds_(env.metrics.histogram("etapa_outside_attempt_seconds", "How long attempts at outside jobs took.",
                                             second_bounds)) {}

Courier::~Courier() { stop({}); }

void Courier::start() {
    open_.emplace(context_.get_executor());
    thread_ = std::thread([this] { context_.run(); });
}

void Courier::stop(Duration limit) {
    {
        std::unique_lock lock(mutex_);
        landed_.wait_for(lock, std::chrono::milliseconds(limit.milliseconds), [&] { return flights_.empty(); });
    }
    open_.reset();
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

void Courier::work_off() {
    context_.restart();
    context_.run();
}

void Courier::take(Database& database, Alarm& alarm, Flight flight) {
    std::list<Flight>::iterator taken;
    {
        const std::lock_guard lock(mutex_);
        taken = flights_.insert(flights_.end(), std::move(flight));
    }
    under_way_.add(1);
    asio::co_spawn(context_, fly(database, alarm, taken), asio::detached);
}

asio::awaitable<void> Courier::fly(Database& database, Alarm& alarm, std::list<Flight>::iterator flight) {
    const auto began = std::chrono::steady_clock::now();
    try {
        const Outcome outcome = co_await attempt(database, *flight);
        co_await settle(database, *flight, outcome);
    } catch (const std::exception& failure) {
        // The lease runs out, and the job is done again.
        env_.log.error("An attempt could not be recorded.",
                       {{"kind", flight->job.kind}, {"jobId", flight->job.id.value}, {"reason", failure.what()}});
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
    attempt_seconds_.observe(taken.count());
    land(flight);
    alarm.ring();
}

asio::awaitable<Outcome> Courier::attempt(Database& database, const Flight& flight) {
    const Kind* kind = outside_kind(flight.job.kind);
    if (kind == nullptr) {
        co_return Outcome::give_up("This version of Etapa has no outside job of the kind '" + flight.job.kind + "'.");
    }
    Outside outside{env_, database, http_, settings_.retries, settings_.providers, flight.caller, flight.attempt};
    Outcome outcome;
    try {
        outcome = co_await kind->call(outside, flight.job);
    } catch (const std::exception& failure) {
        env_.log.error("An outside job failed by a bug.",
                       {{"kind", flight.job.kind}, {"jobId", flight.job.id.value}, {"reason", failure.what()}});
        outcome = Outcome::retry(failure.what());
    }
    co_return outcome;
}

asio::awaitable<void> Courier::settle(Database& database, const Flight& flight, const Outcome& outcome) {
    auto settle = [&](WriteTx& tx) {
        // Whoever took the job over records what becomes of it.
        if (jobs::holds(tx, flight.job.id, flight.attempt)) {
            jobs::settle(tx, flight.job.id, judged(tx, flight.job, outcome));
        }
    };
    co_await database.write(flight.caller, settle);
    const bool well = outcome.kind == Outcome::Kind::done || outcome.kind == Outcome::Kind::recorded;
    if (!well) {
        env_.log.warning("An attempt at an outside job failed.",
                         {{"kind", flight.job.kind}, {"jobId", flight.job.id.value}, {"reason", outcome.reason}});
    }
}

jobs::Settlement Courier::judged(WriteTx& tx, const Job& job, const Outcome& outcome) const {
    using Kind = jobs::Settlement::Kind;
    jobs::Settlement settlement;
    if (outcome.record) settlement = outcome.record(tx);
    if (outcome.kind == Outcome::Kind::recorded) return settlement;
    settlement = {};
    if (outcome.kind == Outcome::Kind::done) return settlement;
    settlement.attempts = job.attempts + 1;
    settlement.error = outcome.reason;
    const auto wait = settings_.retries.after(settlement.attempts, tx.random());
    if (outcome.kind == Outcome::Kind::give_up || !wait) {
        settlement.kind = Kind::failed;
    } else {
        settlement.kind = Kind::again;
        settlement.again = tx.now() + std::max(*wait, outcome.after.value_or(Duration{}));
    }
    return settlement;
}

void Courier::land(std::list<Flight>::iterator flight) {
    under_way_.add(-1);
    const std::lock_guard lock(mutex_);
    flights_.erase(flight);
    landed_.notify_all();
}

std::size_t Courier::free_places() const {
    const std::lock_guard lock(mutex_);
    return settings_.attempts_max - std::min(settings_.attempts_max, flights_.size());
}

void Courier::Counts::add(const Job& job) {
    if (job.target) ++targets[*job.target];
    ++kinds[job.kind];
}

Courier::Counts Courier::counts() const {
    Counts counts;
    for (const auto& flight : flights_) counts.add(flight.job);
    return counts;
}

jobs::Busy Courier::busy() const {
    const std::lock_guard lock(mutex_);
    const auto counted = counts();
    jobs::Busy busy;
    for (const auto& [target, count] : counted.targets) {
        if (count >= settings_.attempts_per_target_max) busy.targets.push_back(target);
    }
    for (const auto& [kind, count] : counted.kinds) {
        if (count >= settings_.attempts_per_kind_max) busy.kinds.push_back(kind);
    }
    return busy;
}

std::vector<JobId> Courier::without_place(const std::vector<Job>& jobs) const {
    const std::lock_guard lock(mutex_);
    auto counted = counts();
    std::vector<JobId> left_over;
    for (const auto& job : jobs) {
        const bool fits = counted.kinds[job.kind] < settings_.attempts_per_kind_max &&
                          (!job.target || counted.targets[*job.target] < settings_.attempts_per_target_max);
        if (fits) {
            counted.add(job);
        } else {
            left_over.push_back(job.id);
        }
    }
    return left_over;
}

std::vector<Courier::Flight> Courier::under_way() const {
    const std::lock_guard lock(mutex_);
    return {flights_.begin(), flights_.end()};
}

}  // namespace etapa::work
