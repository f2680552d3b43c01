#pragma once
// One I/O thread's share of the live stream; see live.hpp. Everything here happens on that thread.

#include "api/live.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace etapa::api {

class EventStream;

class Live::Desk : public std::enable_shared_from_this<Live::Desk> {
public:
    Desk(Database& database, unsigned io_thread, boost::asio::any_io_executor executor);

    std::shared_ptr<EventStream> open(const Caller& caller, const events::Position& position);
    void close(EventStream& stream);

    // Frames after `position`, which moves on behind them; empty when there are none yet.
    std::string take(const Caller& caller, events::Position& position);

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
    };

    static boost::asio::awaitable<void> look(std::shared_ptr<Desk> desk);
    void look_once();
    void read(Board& board);
    static void drop_old(Board& board);
    std::vector<Frame> frames_after(const Caller& caller, const events::Position& position);

    Database& database_;
    unsigned io_thread_;
    boost::asio::any_io_executor executor_;
    std::map<OrganizationId, Board> boards_;
    std::int64_t seen_version_ = -1;
    bool is_looking_ = false;
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

private:
    std::shared_ptr<Live::Desk> desk_;
    Caller caller_;
    events::Position position_;
    boost::asio::steady_timer bell_;
    bool is_ended_ = false;
};

}  // namespace etapa::api
