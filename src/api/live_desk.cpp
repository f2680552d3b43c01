#include "api/live_desk.hpp"

#include "base/json_write.hpp"
#include "crm/events/shown.hpp"
#include "crm/events/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace etapa::api {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds between_looks{25};
constexpr std::chrono::seconds between_heartbeats{15};
constexpr std::string_view heartbeat = ": still here\n\n";
constexpr std::int64_t events_max = 100;  // read at a time
constexpr std::size_t piece_bytes_max = 65'536;
constexpr std::size_t kept_bytes_max = 524'288;  // for each organization

std::string frame_of(const Event& event, const events::Position& position) {
    std::string text = "id: " + position.text() + "\nevent: " + event.kind + "\ndata: ";
    json::append(text, events::shown(event));
    return text + "\n\n";
}

}  // namespace

Live::Desk::Desk(Database& database, unsigned io_thread, asio::any_io_executor executor)
    : database_(database), io_thread_(io_thread), executor_(std::move(executor)) {}

std::shared_ptr<EventStream> Live::Desk::open(const Caller& caller, const events::Position& position) {
    auto stream = std::make_shared<EventStream>(shared_from_this(), caller, position, executor_);
    auto& board = boards_[caller.organization];
    if (board.streams.empty()) {
        // Whoever resumes from further back reads the database until here.
        auto latest = [](ReadTx& tx) { return events::latest(tx); };
        board.caller = caller;
        board.before = board.position = database_.read_inline(io_thread_, caller, latest);
    }
    board.streams.insert(stream.get());
    if (!is_looking_) {
        is_looking_ = true;
        asio::co_spawn(executor_, look(shared_from_this()), asio::detached);
    }
    return stream;
}

void Live::Desk::close(EventStream& stream) {
    const auto board = boards_.find(stream.caller().organization);
    if (board == boards_.end()) return;
    board->second.streams.erase(&stream);
    if (board->second.streams.empty()) boards_.erase(board);
}

asio::awaitable<void> Live::Desk::look(std::shared_ptr<Desk> desk) {
    asio::steady_timer timer(desk->executor_);
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (!desk->boards_.empty() && !error) {
        desk->look_once();
        timer.expires_after(between_looks);
        co_await timer.async_wait(token);
    }
    desk->is_looking_ = false;
}

// Asks whether anybody has committed since, which costs little, before it reads.
void Live::Desk::look_once() {
    try {
        const Caller nobody{};
        auto version = [](ReadTx& tx) { return tx.data_version(); };
        const auto seen = database_.read_inline(io_thread_, nobody, version);
        if (seen == seen_version_) return;
        for (auto& [organization, board] : boards_) read(board);
        seen_version_ = seen;
    } catch (const db::StoreUnavailable&) {
        return;  // at the next look
    }
}

std::vector<Live::Desk::Frame> Live::Desk::frames_after(const Caller& caller, const events::Position& position) {
    auto after = [&](ReadTx& tx) { return events::after(tx, position, events_max); };
    std::vector<Frame> frames;
    for (const auto& event : database_.read_inline(io_thread_, caller, after)) {
        const auto behind = events::position_of(event, position.epoch);
        frames.push_back({behind, frame_of(event, behind)});
    }
    return frames;
}

void Live::Desk::read(Board& board) {
    bool is_new = false;
    for (auto frames = frames_after(board.caller, board.position); !frames.empty();
         frames = frames_after(board.caller, board.position)) {
        is_new = true;
        board.position = frames.back().position;
        for (auto& frame : frames) {
            board.bytes += frame.text.size();
            board.frames.push_back(std::move(frame));
        }
        drop_old(board);
        if (std::ssize(frames) < events_max) break;
    }
    if (!is_new) return;
    for (auto* stream : board.streams) stream->ring();
}

void Live::Desk::drop_old(Board& board) {
    while (board.bytes > kept_bytes_max) {
        board.bytes -= board.frames.front().text.size();
        board.before = board.frames.front().position;
        board.frames.pop_front();
    }
}

std::string Live::Desk::take(const Caller& caller, events::Position& position) {
    std::string piece;
    const auto add = [&](const Frame& frame) {
        piece += frame.text;
        position = frame.position;
    };
    const auto& board = boards_.at(caller.organization);
    if (position < board.before) {  // behind what is kept
        for (const auto& frame : frames_after(caller, position)) {
            if (piece.size() < piece_bytes_max) add(frame);
        }
        return piece;
    }
    const auto first = std::ranges::upper_bound(board.frames, position, {}, &Frame::position);
    for (auto frame = first; frame != board.frames.end() && piece.size() < piece_bytes_max; ++frame) add(*frame);
    return piece;
}

EventStream::EventStream(std::shared_ptr<Live::Desk> desk, const Caller& caller, const events::Position& position,
                         const asio::any_io_executor& executor)
    : desk_(std::move(desk)), caller_(caller), position_(position), bell_(executor) {}

EventStream::~EventStream() { desk_->close(*this); }

asio::awaitable<bool> EventStream::next(std::string& piece) {
    boost::system::error_code rung;
    auto token = asio::redirect_error(asio::use_awaitable, rung);
    while (!is_ended_) {
        piece = desk_->take(caller_, position_);
        if (!piece.empty()) co_return true;
        bell_.expires_after(between_heartbeats);
        co_await bell_.async_wait(token);
        if (!rung) {
            piece = heartbeat;
            co_return true;
        }
    }
    co_return false;
}

void EventStream::end() {
    is_ended_ = true;
    bell_.cancel();
}

void EventStream::ring() { bell_.cancel(); }

}  // namespace etapa::api
