#include "api/live_desk.hpp"

#include "base/json_write.hpp"
#include "crm/events/shown.hpp"
#include "crm/events/store.hpp"
#include "crm/keys/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <limits>

namespace etapa::api {

namespace asio = boost::asio;

namespace {

// How soon to look again after nothing was new. A look costs little where it is made on the I/O thread itself.
constexpr std::chrono::milliseconds between_looks{5};
// Elsewhere, and after something was told: what happens meanwhile is told at once, so that many changes and many
// streams do not multiply.
constexpr std::chrono::milliseconds between_tellings{25};
constexpr std::string_view heartbeat = ": still here\n\n";
constexpr std::int64_t events_max = 100;  // read at a time for all
constexpr std::int64_t missed_max = 20;   // and for one that is behind: each of many may be, and an event may be large
constexpr std::size_t piece_bytes_max = 65'536;
constexpr std::size_t kept_bytes_max = 524'288;  // for each organization
constexpr Time never{std::numeric_limits<std::int64_t>::max()};

std::string frame_of(const Event& event, const events::Position& position) {
    std::string text = "id: " + position.text() + "\nevent: " + event.kind + "\ndata: ";
    json::append(text, events::shown(event));
    return text + "\n\n";
}

}  // namespace

Live::Desk::Desk(const Env& env, Database& database, const LiveSettings& settings, unsigned io_thread,
                 asio::any_io_executor executor)
    : env_(env),
      database_(database),
      settings_(settings),
      io_thread_(io_thread),
      executor_(std::move(executor)),
      open_(env.metrics.gauge("etapa_live_streams", "Live streams that are open.")) {}

std::shared_ptr<EventStream> Live::Desk::open(const Caller& caller, const EventsFrom& from) {
    auto stream = std::make_shared<EventStream>(shared_from_this(), caller, from.position, executor_);
    auto& board = boards_[caller.organization];
    if (board.streams.empty()) {
        // Whoever resumes from further back reads the database until here.
        board.caller = caller;
        board.before = board.position = from.latest;
    }
    board.streams.insert(stream.get());
    board.keys.emplace(stream->key(), Time{});
    open_.add(1);
    if (!is_looking_) {
        is_looking_ = true;
        auto end = [desk = shared_from_this()](const std::exception_ptr& failure) { desk->end_look(failure); };
        asio::co_spawn(executor_, look(shared_from_this()), std::move(end));
    }
    return stream;
}

void Live::Desk::close(EventStream& stream) {
    const auto board = boards_.find(stream.caller().organization);
    if (board == boards_.end() || board->second.streams.erase(&stream) == 0) return;
    open_.add(-1);
    if (board->second.streams.empty()) boards_.erase(board);
}

asio::awaitable<void> Live::Desk::look(std::shared_ptr<Desk> desk) {
    asio::steady_timer timer(desk->executor_);
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const bool looks_are_cheap = desk->database_.inline_readers() > 0;
    while (!desk->boards_.empty() && !error) {
        co_await desk->look_once();
        timer.expires_after(desk->has_told_ || !looks_are_cheap ? between_tellings : between_looks);
        co_await timer.async_wait(token);
    }
}

// Nobody looks any more. After a bug the streams end, and their clients come again with the last id.
void Live::Desk::end_look(const std::exception_ptr& failure) {
    is_looking_ = false;
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        env_.log.error("The live stream broke off.", {{"error", error.what()}});
    }
    for (const auto& [organization, board] : boards_) {
        for (auto* stream : board.streams) stream->end();
    }
}

// Asks whether anybody has committed since, which costs little, before it reads.
asio::awaitable<void> Live::Desk::look_once() {
    has_told_ = false;
    try {
        const Caller nobody{};
        std::int64_t version = 0;
        auto ask = [&](ReadTx& tx) { version = tx.data_version(); };
        co_await database_.read_row(io_thread_, nobody, ask);
        const auto organizations = version == seen_version_ ? with_keys_to_judge() : everybody();
        for (const auto& organization : organizations) co_await read(organization);
        seen_version_ = version;
    } catch (const db::StoreUnavailable&) {
        co_return;  // at the next look
    }
}

std::vector<OrganizationId> Live::Desk::everybody() const {
    std::vector<OrganizationId> all;
    for (const auto& [organization, board] : boards_) all.push_back(organization);
    return all;
}

std::vector<OrganizationId> Live::Desk::with_keys_to_judge() const {
    const auto now = env_.clock.now();
    std::vector<OrganizationId> some;
    for (const auto& [organization, board] : boards_) {
        if (std::ranges::any_of(board.keys, [&](const auto& key) { return key.second <= now; }))
            some.push_back(organization);
    }
    return some;
}

asio::awaitable<void> Live::Desk::read(OrganizationId organization) {
    Reading reading;
    auto keys_and_events = [&](ReadTx& tx) {
        reading.keys = keys::of(tx, reading.asked);
        reading.events = events::after(tx, reading.position, events_max);
    };
    do {
        const auto before = boards_.find(organization);
        if (before == boards_.end()) co_return;
        const Caller caller = before->second.caller;
        reading.position = before->second.position;
        reading.asked.clear();
        for (const auto& [key, time] : before->second.keys) reading.asked.push_back(key);
        co_await database_.read_row(io_thread_, caller, keys_and_events);
        const auto board = boards_.find(organization);
        // Else everybody has left meanwhile, and perhaps others came.
        if (board == boards_.end() || board->second.position != reading.position) co_return;
        post_up(board->second, reading);
    } while (std::ssize(reading.events) == events_max);
}

void Live::Desk::post_up(Board& board, const Reading& reading) {
    judge_keys(board, reading);
    for (const auto& event : reading.events) {
        board.position = events::position_of(event, reading.position.epoch);
        board.frames.push_back({board.position, frame_of(event, board.position)});
        board.bytes += board.frames.back().text.size();
    }
    while (board.bytes > kept_bytes_max) {
        board.bytes -= board.frames.front().text.size();
        board.before = board.frames.front().position;
        board.frames.pop_front();
    }
    if (reading.events.empty()) return;
    has_told_ = true;
    for (auto* stream : board.streams) stream->ring();
}

// Ends the streams of keys that open nothing any more. Those that came while the database was read are for later.
void Live::Desk::judge_keys(Board& board, const Reading& reading) const {
    const auto now = env_.clock.now();
    for (const auto& id : reading.asked) {
        const auto key = std::ranges::find(reading.keys, id, &ApiKey::id);
        if (key != reading.keys.end() && key->opens_at(now)) {
            board.keys[id] = key->expires_at.value_or(never);
            continue;
        }
        board.keys.erase(id);
        for (auto* stream : board.streams) {
            if (stream->key() == id) stream->end();
        }
    }
}

const events::Position& Live::Desk::kept_from(const OrganizationId& organization) const {
    return boards_.at(organization).before;
}

void Live::Desk::take(const OrganizationId& organization, events::Position& position, std::string& piece) const {
    const auto& frames = boards_.at(organization).frames;
    const auto first = std::ranges::upper_bound(frames, position, {}, &Frame::position);
    for (auto frame = first; frame != frames.end() && piece.size() < piece_bytes_max; ++frame) {
        piece += frame->text;
        position = frame->position;
    }
}

asio::awaitable<void> Live::Desk::catch_up(const Caller& caller, events::Position& position, std::string& piece) {
    std::vector<Event> missed;
    auto after = [&](ReadTx& tx) { missed = events::after(tx, position, missed_max); };
    co_await database_.read_row(io_thread_, caller, after);
    for (const auto& event : missed) {
        if (piece.size() >= piece_bytes_max) break;
        position = events::position_of(event, position.epoch);
        piece += frame_of(event, position);
    }
}

EventStream::EventStream(std::shared_ptr<Live::Desk> desk, const Caller& caller, const events::Position& position,
                         const asio::any_io_executor& executor)
    : desk_(std::move(desk)), caller_(caller), position_(position), bell_(executor) {}

EventStream::~EventStream() { desk_->close(*this); }

asio::awaitable<bool> EventStream::next(std::string& piece) {
    boost::system::error_code rung;
    auto token = asio::redirect_error(asio::use_awaitable, rung);
    while (!is_ended_) {
        const auto kept_from = desk_->kept_from(caller_.organization);
        const bool is_behind = position_ < kept_from;
        if (is_behind) {
            co_await desk_->catch_up(caller_, position_, piece);
            if (piece.empty()) position_ = kept_from;  // nothing is left in between
            if (is_ended_) break;
        } else {
            desk_->take(caller_.organization, position_, piece);
        }
        if (!piece.empty()) co_return true;
        if (is_behind) continue;
        bell_.expires_after(desk_->settings().between_heartbeats);
        co_await bell_.async_wait(token);
        if (!rung) {
            piece = heartbeat;
            co_return true;
        }
    }
    piece.clear();  // a key that was revoked meanwhile tells nothing more
    co_return false;
}

void EventStream::end() {
    is_ended_ = true;
    bell_.cancel();
}

void EventStream::ring() { bell_.cancel(); }

}  // namespace etapa::api
