#pragma once
// One I/O thread's share of the live stream; see live.hpp. Everything here happens on that thread, which never waits
// for the database. Whoever has waited finds the boards as others have left them.

#include "api/live.hpp"
#include "crm/events/event.hpp"
#include "crm/keys/key.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace etapa::api {

class EventStream;

class Live::Desk : public std::enable_shared_from_this<Live::Desk> {
public:
    Desk(const Env& env, Database& database, const LiveSettings& settings, unsigned io_thread,
         boost::asio::any_io_executor executor);

    std::shared_ptr<EventStream> open(const Caller& caller, const EventsFrom& from);
    void close(EventStream& stream);

    // Whoever stands before it is behind what the desk keeps.
    [[nodiscard]] const events::Position& kept_from(const OrganizationId& organization) const;
    // Adds frames after `position` to the piece, and moves the position behind them; none when there are none yet.
    void take(const OrganizationId& organization, events::Position& position, std::string& piece) const;
    // The same from the database.
    boost::asio::awaitable<void> catch_up(const Caller& caller, events::Position& position, std::string& piece);

    [[nodiscard]] const LiveSettings& settings() const { return settings_; }

private:
    struct Frame {
        events::Position position;  // behind it
        std::string text;
    };
    // What the desk knows of one organization.
    struct Board {
        Caller caller;
        events::Position before;    // the first frame
        events::Position position;  // behind the last
        std::deque<Frame> frames;
        std::size_t bytes = 0;
        std::set<EventStream*> streams;
        std::map<KeyId, Time> keys;  // that opened them, and when each has to be looked at again
    };
    // What was read for a board.
    struct Reading {
        events::Position position;  // from where on
        std::vector<KeyId> asked;
        std::vector<ApiKey> keys;
        std::vector<Event> events;
    };

    static boost::asio::awaitable<void> look(std::shared_ptr<Desk> desk);
    void end_look(const std::exception_ptr& failure);
    boost::asio::awaitable<void> look_once();
    boost::asio::awaitable<void> read(OrganizationId organization);
    void post_up(Board& board, const Reading& reading);
    void judge_keys(Board& board, const Reading& reading) const;
    [[nodiscard]] std::vector<OrganizationId> with_keys_to_judge() const;
    [[nodiscard]] std::vector<OrganizationId> everybody() const;

    Env env_;
    Database& database_;
    LiveSettings settings_;
    unsigned io_thread_;
    boost::asio::any_io_executor executor_;
    Gauge& open_;
    std::map<OrganizationId, Board> boards_;
    std::int64_t seen_version_ = -1;
    bool is_looking_ = false;
    bool has_told_ = false;  // something, at the latest look
};

// One listener. Waits at its bell, which the desk rings when there is something.
class EventStream final : public net::BodyStream, public std::enable_shared_from_this<EventStream> {
public:
    EventStream(std::shared_ptr<Live::Desk> desk, const Caller& caller, const events::Position& position,
                const boost::asio::any_io_executor& executor);
    ~EventStream() override;

    boost::asio::awaitable<bool> next(std::string& piece) override;
    void end() override;
    void ring();
    [[nodiscard]] const Caller& caller() const { return caller_; }
    [[nodiscard]] KeyId key() const { return {caller_.actor.id}; }

private:
    std::shared_ptr<Live::Desk> desk_;
    Caller caller_;
    events::Position position_;
    boost::asio::steady_timer bell_;
    bool is_ended_ = false;
};

}  // namespace etapa::api
