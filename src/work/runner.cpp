#include "work/runner.hpp"

#include "base/ranges.hpp"
#include "crm/jobs/store.hpp"
#include "work/kind.hpp"

#include <algorithm>
#include <array>

namespace etapa::work {
namespace {

// Long enough to be cheap, short enough that requests between two batches hardly wait (perf.md 6).
constexpr std::int64_t batch_jobs_max = 100;
// How long the runner leaves a store alone that cannot be used at the moment.
constexpr Duration store_pause = seconds(1);
constexpr Duration count_every = seconds(15);
// After the last of these a job waits for a person.
constexpr std::array retry_after{seconds(1), seconds(10), seconds(60), seconds(600)};

constexpr std::array lateness_bounds{0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0};

// Work that crosses organizations, or decides which one is next.
const Caller nobody{};

void run_jobs(WriteTx& tx, std::span<const Job> jobs) {
    for (const auto& kind : kinds()) {
        std::vector<Job> of_kind;
        std::ranges::copy_if(jobs, std::back_inserter(of_kind), [&](const Job& job) { return job.kind == kind.name; });
        if (!of_kind.empty()) kind.run(tx, of_kind);
    }
    for (const auto& job : jobs) {
        if (!contains(kinds(), job.kind, &Kind::name)) {
            throw Problem(500, "unknown_job", "This version of Etapa has no job of the kind '" + job.kind + "'.");
        }
    }
}

}  // namespace

Runner::Runner(const Env& env, Database& database, Alarm& alarm)
    : env_(env),
      database_(database),
      alarm_(alarm),
      lateness_seconds_(
          env.metrics.histogram("etapa_job_lateness_seconds", "How late jobs were done.", lateness_bounds)),
      pending_(env.metrics.gauge("etapa_jobs", "Jobs that are stored.", {{"state", "pending"}})),
      failed_(env.metrics.gauge("etapa_jobs", "Jobs that are stored.", {{"state", "failed"}})) {}

Runner::~Runner() { stop(); }

void Runner::start() {
    thread_ = std::thread([this] { loop(); });
}

void Runner::stop() {
    stopping_ = true;
    alarm_.ring();
    if (thread_.joinable()) thread_.join();
}

void Runner::loop() {
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
        if (!stopping_) alarm_.wait(wake);
        alarm_.expect(std::nullopt);
    }
}

std::optional<Time> Runner::next_wake() {
    auto earliest = [](ReadTx& tx) { return jobs::earliest_due(tx); };
    return database_.read_now(nobody, earliest);
}

void Runner::run_due() {
    while (!stopping_) {
        auto due = [](ReadTx& tx) { return jobs::organizations_due(tx); };
        const auto organizations = database_.read_now(nobody, due);
        if (organizations.empty()) return;
        for (const auto& organization : organizations) {
            if (stopping_) return;
            run_batch(organization);
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
