#include "work/runner.hpp"

#include "base/ranges.hpp"
#include "crm/jobs/store.hpp"
#include "work/kind.hpp"
#include "work/sweep.hpp"

#include <algorithm>
#include <array>

namespace etapa::work {
namespace {

// How long a round stays with one kind of work before the others have their turn, and before leases are looked at.
constexpr Duration stage_time = {50};
// How long the runner leaves a store alone that cannot be used at the moment.
constexpr Duration store_pause = seconds(1);
// How often jobs are counted, and how much longer than it took that is not repeated: each of them is looked at.
constexpr Duration count_every = seconds(15);
constexpr std::int64_t rest_for_each_count = 200;
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
        auto wake = work(was_rung);
        if (was_rung) {
            wake = std::min(wake.value_or(env_.clock.now() + nap), env_.clock.now() + nap);
            alarm_.expect(Time{});  // what is stored meanwhile waits
        }
        if (!stopping_) alarm_.wait(wake);
        alarm_.expect(Time{});  // what is stored while it works is looked for before it sleeps
        was_rung = !wake || env_.clock.now() < *wake;
    }
}

std::optional<Time> Runner::work(bool naps) {
    try {
        while (!stopping_ && run_round()) count_jobs();
        count_jobs();
        // First say how long we mean to sleep, then look again: a job stored in between rings the alarm.
        alarm_.expect(next_wake());
        if (!naps && has_found_more()) alarm_.ring();
        return next_wake();
    } catch (const db::StoreUnavailable& unavailable) {
        env_.log.warning("The job runner waits for the store.", {{"reason", unavailable.what()}});
    } catch (const std::exception& failure) {  // whatever it is, later jobs must not wait for a restart
        env_.log.error("The job runner stumbled and goes on.", {{"reason", failure.what()}});
    }
    return env_.clock.now() + store_pause;
}

bool Runner::has_found_more() {
    auto waiting = [](ReadTx& tx) {
        return std::ranges::any_of(sweeps(), [&](const Sweep& sweep) { return !sweep.waiting(tx).empty(); });
    };
    return database_.read_now(nobody, waiting);
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
    while (!stopping_ && (run_round() || has_found_more())) continue;
}

bool Runner::run_round() {
    extend_leases();
    const bool more_found = run_sweeps();
    const bool more_inside = run_inside();
    const bool more_outside = begin_outside();
    if (!courier_.has_thread()) courier_.work_off();
    const bool more_old = expiry_.run_batch();
    return more_found || more_inside || more_outside || more_old;
}

template <class Waiting>
std::vector<OrganizationId> Runner::in_turn(Waiting waiting, const OrganizationId& last_served) {
    auto organizations = database_.read_now(nobody, waiting);
    // Whoever comes after the one that was served last is next.
    std::ranges::rotate(organizations, std::ranges::upper_bound(organizations, last_served));
    return organizations;
}

template <class Waiting, class Turn>
bool Runner::give_turns(OrganizationId& last_served, Waiting waiting, Turn turn) {
    const Time until = env_.clock.now() + stage_time;
    for (bool found = true; found;) {
        found = false;
        auto organizations = in_turn(waiting, last_served);
        // Whoever has more comes again behind all others; who waits is asked again when nobody has more.
        for (std::size_t next = 0; next < organizations.size(); ++next) {
            if (stopping_) return true;
            last_served = organizations[next];
            const Found what = turn(last_served);
            found |= what != Found::nothing;
            if (what == Found::part) organizations.push_back(last_served);
            extend_leases();
            if (env_.clock.now() >= until) return true;
        }
    }
    return false;
}

bool Runner::run_sweeps() {
    bool more = false;
    for (const auto& sweep : sweeps()) {
        auto turn = [&](const OrganizationId& organization) {
            Caller caller;
            caller.organization = organization;
            caller.cause = "sweep";
            auto run = [&](WriteTx& tx) { return sweep.run(tx); };
            return database_.write_now(caller, run) ? Found::part : Found::nothing;
        };
        more |= give_turns(last_swept_[sweep.name], [&](ReadTx& tx) { return sweep.waiting(tx); }, turn);
    }
    return more;
}

bool Runner::run_inside() {
    auto due = [](ReadTx& tx) { return jobs::organizations_due(tx, jobs::Where::inside); };
    return give_turns(last_done_, due, [&](const OrganizationId& organization) { return run_batch(organization); });
}

bool Runner::begin_outside() {
    const Time until = env_.clock.now() + stage_time;
    auto due = [](ReadTx& tx) { return jobs::organizations_due(tx, jobs::Where::outside); };
    const auto organizations = in_turn(due, last_leased_);
    std::size_t begun = 0;
    bool is_cut_short = false;
    for (const auto& organization : organizations) {
        if (stopping_ || courier_.free_places() == 0) break;
        begun += lease(organization);
        last_leased_ = organization;
        is_cut_short = organization != organizations.back() && env_.clock.now() >= until;
        if (is_cut_short) break;
    }
    waits_for_places_ = !organizations.empty() && (begun == 0 || courier_.free_places() == 0);
    return begun > 0 || is_cut_short;
}

std::size_t Runner::lease(const OrganizationId& organization) {
    const auto busy = courier_.busy();
    const auto known = only_busy_.find(organization);
    if (known != only_busy_.end() && known->second.busy == busy && env_.clock.now() < known->second.look_at) {
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

Runner::Found Runner::run_batch(const OrganizationId& organization) {
    const auto limit = database_.jobs_per_transaction_max();
    Caller caller;
    caller.organization = organization;
    caller.cause = "job";
    std::vector<Job> claimed;
    auto batch = [&](WriteTx& tx) {
        claimed = jobs::claim(tx, limit);
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
    if (claimed.empty()) return Found::nothing;
    return std::ssize(claimed) < limit ? Found::all : Found::part;
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
    const Time began = env_.clock.now();
    if (began < count_again_at_) return;
    count_again_at_ = began + count_every;  // also when it fails: jobs come first
    std::int64_t pending = 0;
    std::int64_t failed = 0;
    auto count = [&](ReadTx& tx) {
        pending = jobs::count_all(tx, JobState::pending);
        failed = jobs::count_all(tx, JobState::failed);
    };
    database_.read_now(nobody, count);
    pending_.set(static_cast<double>(pending));
    failed_.set(static_cast<double>(failed));
    const auto now = env_.clock.now();
    count_again_at_ = now + std::max(count_every, Duration{(now - began).milliseconds * rest_for_each_count});
}

}  // namespace etapa::work
