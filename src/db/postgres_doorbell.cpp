#include "db/postgres_doorbell.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace etapa::db {
namespace {

using namespace std::chrono_literals;

// The runner looks for itself this often, so nobody has to hear of what is due later.
constexpr auto look_around_every = 2'000ms;
// A busy server rings at most so often.
constexpr auto between_notifications = 20ms;
constexpr auto follow_clock_every = 10s;
constexpr std::int64_t nothing_due = std::numeric_limits<std::int64_t>::max();

std::int64_t machine_milliseconds() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace

PostgresDoorbell::PostgresDoorbell(const Env& env, PostgresServer& server, Alarm& runner_alarm)
    : env_(env),
      server_(server),
      runner_alarm_(runner_alarm),
      sent_(env.metrics.counter("etapa_notifications_sent_total", "Notifications to other nodes.")),
      heard_(env.metrics.counter("etapa_notifications_heard_total", "Notifications from other nodes.")),
      ahead_(env.metrics.gauge("etapa_database_clock_ahead_seconds", "The database's clock against the machine's.")),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      due_to_tell_(nothing_due),
      looked_around_at_(SteadyClock::now()),
      thread_([this] { work(); }) {}

PostgresDoorbell::~PostgresDoorbell() {
    stopping_ = true;
    wake();
    thread_.join();
    ::close(wake_);
}

void PostgresDoorbell::ring(Time due) {
    runner_alarm_.set(due);
    if (due > env_.clock.now() + Duration{look_around_every.count()}) return;
    auto earliest = due_to_tell_.load();
    while (due.milliseconds < earliest && !due_to_tell_.compare_exchange_weak(earliest, due.milliseconds)) {
    }
    if (earliest == nothing_due) wake();
}

void PostgresDoorbell::work() {
    while (!stopping_) {
        try {
            if (!connection_) listen();
            if (SteadyClock::now() - clock_followed_at_ > follow_clock_every) follow_clock();
            tell_others();
            hear_others();
            connection_->link().wait(wake_, look_around_every);
            drain_wake();
        } catch (const std::exception& why) {
            env_.log.debug("The nodes do not hear each other.", {{"reason", std::string_view(why.what())}});
            connection_.reset();
            await_wake(look_around_every / 4);
        }
        look_around();
    }
}

void PostgresDoorbell::listen() {
    auto connection = server_.connect();
    auto keep = [&](const Row& row) { schema_ = row.text(0); };
    connection->run({"SELECT current_schema()"}, {}, keep);
    connection->execute("LISTEN etapa_alarm");
    connection_ = std::move(connection);
    clock_followed_at_ = {};
}

// The time of the database lies between what the machine's clock says before and after the question.
void PostgresDoorbell::follow_clock() {
    constexpr std::int64_t round_trip_milliseconds_max = 100;
    std::int64_t there = 0;
    auto keep = [&](const Row& row) { there = row.integer(0); };
    const auto before = machine_milliseconds();
    connection_->run({"SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)"}, {}, keep);
    const auto after = machine_milliseconds();
    if (after - before > round_trip_milliseconds_max) return;  // too vague; soon again
    clock_followed_at_ = SteadyClock::now();
    const Duration ahead{there - (before + after) / 2};
    env_.clock.follow(ahead);
    ahead_.set(static_cast<double>(ahead.milliseconds) / 1e3);
}

void PostgresDoorbell::tell_others() {
    const auto due = due_to_tell_.exchange(nothing_due);
    if (due == nothing_due) return;
    const std::array<Value, 1> values{std::to_string(due) + ' ' + schema_};
    auto ignore = [](const Row&) {};
    connection_->run({"SELECT pg_notify('etapa_alarm', $1)"}, values, ignore);
    sent_.add();
    if (!stopping_) std::this_thread::sleep_for(between_notifications);
}

// The payload is a time and the schema, because several installations may live in one database.
void PostgresDoorbell::hear_others() {
    while (const auto payload = connection_->link().notification()) {
        Time due;
        const auto* end = payload->data() + payload->size();
        const auto [rest, error] = std::from_chars(payload->data(), end, due.milliseconds);
        if (error != std::errc() || rest == end || std::string_view(rest + 1, end) != schema_) continue;
        heard_.add();
        runner_alarm_.set(due);
    }
}

void PostgresDoorbell::look_around() {
    if (SteadyClock::now() - looked_around_at_ < look_around_every) return;
    looked_around_at_ = SteadyClock::now();
    runner_alarm_.ring();
}

void PostgresDoorbell::wake() const { ::eventfd_write(wake_, 1); }

void PostgresDoorbell::await_wake(std::chrono::milliseconds span) const {
    pollfd wake{.fd = wake_, .events = POLLIN, .revents = 0};
    ::poll(&wake, 1, static_cast<int>(span.count()));
    drain_wake();
}

void PostgresDoorbell::drain_wake() const {
    eventfd_t count = 0;
    ::eventfd_read(wake_, &count);
}

}  // namespace etapa::db
