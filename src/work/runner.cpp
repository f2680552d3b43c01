#include "work/runner.hpp"

#include "base/ranges.hpp"
#include "crm/jobs/store.hpp"
#include "work/kind.hpp"
#include "work/sweep.hpp"

#include <algorithm>
#include <array>

namespace etapa::work {
namespace {

// Long enough to be cheap, short enough that requests between two batches hardly wait (perf.md 6).
constexpr std::int64_t batch_jobs_max = 100;
// How long the runner leaves a store alone that cannot be used at the moment.
constexpr Duration store_pause = seconds(1);
constexpr Duration count_every = seconds(15);
// How long others leave an outside job alone without hearing of its attempt, and how often they hear.
constexpr Duration lease_time = seconds(8);
constexpr Duration extend_every = seconds(2);
// Outside jobs that an organization may begin in one turn.
constexpr std::int64_t turn_jobs_max = 8;
// How long attempts under way may take at shutdown.
constexpr Duration drain_limit = seconds(4);
// How soon to look again when all places, or those of a host, are taken.
constexpr Duration look_again = {250};
// After an alarm: many changes at once ring it once.
constexpr Duration nap = {50};
// How much longer than it took a search among the jobs of busy hosts is not repeated: it passes over all that wait.
constexpr std::int64_t rest_for_each_search = 20;
// After the last of these a job waits for a person.
constexpr std::array retry_after{seconds(1), seconds(10), seconds(60), seconds(600)};

constexpr std::array lateness_bounds{0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0};

// Work that crosses organizations, or decides which one is next.
const Caller nobody{};

void run_jobs(WriteTx& tx, std::span<const Job> jobs) {
    for (const auto& kind : kinds()) {
        std::vector<Job> of_kind;
        std::ranges::copy_if(jobs, std::back_inserter(of_kind), [&](const Job& job) { return job.kind == kind.name; });
        if (!of_kind.empty() && kind.run != nullptr) kind.run(tx, of_kind);
    }
    for (const auto& job : jobs) {
        if (!contains(kinds(), job.kind, &Kind::name)) {
            throw Problem(500, "unknown_job", "This version of Etapa has no job of the kind '" + job.kind + "'.");
        }
    }
}

}  // namespace

Runner::Runner(const Env& env, Database& database, Alarm& alarm, Courier& courier, const Retention& retention)
    : env_(env),
      database_(database),
      alarm_(alarm),
      courier_(courier),
      expiry_(env, database, retention),
      lateness_seconds_(
          env.metrics.histogram("etapa_job_lateness_seconds", "How late jobs were done.", lateness_bounds)),
      pending_(env.metrics.gauge("etapa_jobs", "Jobs that are stored.", {{"state", "pending"}})),
      failed_(env.metrics.gauge("etapa_jobs", "Jobs that are stored.", {{"state", "failed"}})) {}

Runner::~Runner() { stop(); }

void Runner::start() {
    courier_.start();
    thread_ = std::thread([this] { loop(); });
}

void Runner::stop() {
    if (stopping_.exchange(true)) return;
    alarm_.ring();
    if (thread_.joinable()) thread_.join();
    courier_.stop(drain_limit);
    give_back_leases();
}

void Runner::loop() {
    bool was_rung = false;
    while (!stopping_) {
        std::optional<Time> wake;
        try {
            run_due();
            count_jobs();
            // First say how long we mean to sleep, then look again: a job stored in between rings the alarm.
            alarm_.expect(next_wake());
            wake = next_wake();
        } catch (const db::StoreUnavailable& unavailable) {
            env_.log.warning("The job runner waits for the store.", {{"reason", unavailable.what()}});
            wake = env_.clock.now() + store_pause;
        }
        if (was_rung) {
            wake = std::min(wake.value_or(env_.clock.now() + nap), env_.clock.now() + nap);
            alarm_.expect(Time{});  // what is stored meanwhile waits
        }
        if (!stopping_) alarm_.wait(wake);
        alarm_.expect(std::nullopt);
        was_rung = !wake || env_.clock.now() < *wake;
    }
}

std::optional<Time> Runner::next_look() const {
    std::optional<Time> look;
    if (waits_for_places_) look = env_.clock.now() + look_again;
    if (courier_.under_way().empty()) return look;
    return std::min(look.value_or(extended_at_ + extend_every), extended_at_ + extend_every);
}

std::optional<Time> Runner::next_wake() {
    auto earliest = [&](ReadTx& tx) {
        auto wake = jobs::earliest_due(tx, jobs::Where::inside);
        const auto outside = waits_for_places_ ? std::nullopt : jobs::earliest_due(tx, jobs::Where::outside);
        for (const auto& other : {outside, next_look()}) {
            if (other) wake = std::min(wake.value_or(*other), *other);
        }
        return wake;
    };
    return database_.read_now(nobody, earliest);
}

void Runner::run_due() {
    bool more = true;
    while (!stopping_ && more) {
        run_sweeps();
        run_inside();
        more = begin_outside();
        extend_leases();
        if (!courier_.has_thread()) courier_.work_off();
    }
    expiry_.run_when_due(stopping_);
}

void Runner::run_sweeps() {
    for (const auto& sweep : sweeps()) {
        std::vector<OrganizationId> organizations;
        auto waiting = [&](ReadTx& tx) { organizations = sweep.waiting(tx); };
        database_.read_now(nobody, waiting);
        for (const auto& organization : organizations) {
            Caller caller;
            caller.organization = organization;
            caller.cause = "sweep";
            bool more = true;
            auto run = [&](WriteTx& tx) { more = sweep.run(tx); };
            while (more && !stopping_) database_.write_now(caller, run);
        }
    }
}

void Runner::run_inside() {
    while (!stopping_) {
        auto due = [](ReadTx& tx) { return jobs::organizations_due(tx, jobs::Where::inside); };
        const auto organizations = database_.read_now(nobody, due);
        if (organizations.empty()) return;
        for (const auto& organization : organizations) {
            if (stopping_) return;
            run_batch(organization);
        }
    }
}

bool Runner::begin_outside() {
    auto due = [](ReadTx& tx) { return jobs::organizations_due(tx, jobs::Where::outside); };
    auto organizations = database_.read_now(nobody, due);
    // Whoever comes after the one that was served last is next.
    std::ranges::rotate(organizations, std::ranges::upper_bound(organizations, last_served_));
    std::size_t begun = 0;
    for (const auto& organization : organizations) {
        if (stopping_ || courier_.free_places() == 0) break;
        begun += lease(organization);
        last_served_ = organization;
    }
    waits_for_places_ = !organizations.empty() && (begun == 0 || courier_.free_places() == 0);
    return begun > 0;
}

std::size_t Runner::lease(const OrganizationId& organization) {
    const auto busy = courier_.busy_targets();
    const auto known = only_busy_.find(organization);
    if (known != only_busy_.end() && known->second.targets == busy && env_.clock.now() < known->second.look_at) {
        return 0;
    }
    const Time began = env_.clock.now();
    Caller caller;
    caller.organization = organization;
    std::string attempt;
    std::vector<Job> leased;
    auto without_place = [&](const std::vector<Job>& jobs) { return courier_.without_place(jobs); };
    auto take = [&](WriteTx& tx) {
        attempt = tx.new_id<JobId>().value;
        const auto limit = std::min<std::int64_t>(turn_jobs_max, static_cast<std::int64_t>(courier_.free_places()));
        leased = jobs::lease(tx, {attempt, tx.now() + lease_time}, limit, busy, without_place);
    };
    database_.write_now(caller, take);
    observe(leased);
    only_busy_.erase(organization);
    if (leased.empty() && !busy.empty()) {
        const auto now = env_.clock.now();
        const Duration rest{(now - began).milliseconds * rest_for_each_search};
        only_busy_[organization] = {busy, now + std::max(nap, rest)};
    }
    if (courier_.under_way().empty()) extended_at_ = env_.clock.now();
    for (auto& job : leased) {
        caller.cause = job.cause;
        courier_.take(database_, alarm_, {caller, std::move(job), attempt});
    }
    return leased.size();
}

void Runner::extend_leases() {
    const auto now = env_.clock.now();
    if (now - extended_at_ < extend_every) return;
    extended_at_ = now;
    for (const auto& flight : courier_.under_way()) {
        auto extend = [&](WriteTx& tx) { jobs::extend(tx, {flight.job.id}, {flight.attempt, tx.now() + lease_time}); };
        database_.write_now(flight.caller, extend);
    }
}

void Runner::give_back_leases() {
    for (const auto& flight : courier_.under_way()) {
        auto give_back = [&](WriteTx& tx) { jobs::give_back(tx, {flight.job.id}, flight.attempt); };
        try {
            database_.write_now(flight.caller, give_back);
        } catch (const std::exception& failure) {  // the lease runs out by itself
            env_.log.warning("A lease could not be given back.", {{"reason", failure.what()}});
        }
    }
}

void Runner::run_batch(const OrganizationId& organization) {
    Caller caller;
    caller.organization = organization;
    caller.cause = "job";
    std::vector<Job> claimed;
    auto batch = [&](WriteTx& tx) {
        claimed = jobs::claim(tx, batch_jobs_max);
        run_jobs(tx, claimed);
    };
    try {
        database_.write_now(caller, batch);
        observe(claimed);
    } catch (const db::StoreUnavailable&) {
        throw;
    } catch (const std::exception& failure) {
        env_.log.debug("A batch of jobs failed; its jobs are done one by one.", {{"reason", failure.what()}});
        if (claimed.empty()) throw db::StoreUnavailable(failure.what());  // the claim itself failed
        for (const auto& job : claimed) run_one(caller, job);
    }
}

void Runner::run_one(const Caller& caller, const Job& job) {
    std::vector<Job> claimed;
    auto one = [&](WriteTx& tx) {
        claimed = jobs::claim_one(tx, job.id);
        run_jobs(tx, claimed);
    };
    try {
        database_.write_now(caller, one);
        observe(claimed);
    } catch (const db::StoreUnavailable&) {
        throw;
    } catch (const std::exception& failure) {
        note_failure(caller, job, failure.what());
    }
}

void Runner::note_failure(const Caller& caller, const Job& job, const std::string& error) {
    env_.log.error("A job failed.", {{"kind", job.kind}, {"jobId", job.id.value}, {"reason", error}});
    std::optional<Time> again;
    const auto attempt = static_cast<std::size_t>(job.attempts);
    if (attempt < retry_after.size()) again = env_.clock.now() + retry_after[attempt];
    auto note = [&](WriteTx& tx) { jobs::note_failure(tx, job.id, error, again); };
    database_.write_now(caller, note);
}

void Runner::observe(const std::vector<Job>& done) {
    const auto now = env_.clock.now();
    for (const auto& job : done) lateness_seconds_.observe(static_cast<double>((now - job.due_at).milliseconds) / 1e3);
}

void Runner::count_jobs() {
    if (env_.clock.now() - counted_at_ < count_every) return;
    counted_at_ = env_.clock.now();
    std::int64_t pending = 0;
    std::int64_t failed = 0;
    auto count = [&](ReadTx& tx) {
        pending = jobs::count_all(tx, JobState::pending);
        failed = jobs::count_all(tx, JobState::failed);
    };
    database_.read_now(nobody, count);
    pending_.set(static_cast<double>(pending));
    failed_.set(static_cast<double>(failed));
}

}  // namespace etapa::work
