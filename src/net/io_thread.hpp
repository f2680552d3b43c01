#pragma once
// One I/O context, the thread that runs it, and the connections that live on it.

#include "net/session.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace etapa::net {

// How many connections of one kind are open on all threads together. Safe from any thread.
class ConnectionCount {
public:
    explicit ConnectionCount(Gauge& gauge) : gauge_(gauge) {}

    // Counts one more, unless there are as many as `limit` already.
    bool add_below(std::size_t limit);
    void remove();
    // How many are left when all have ended or the time is over.
    std::size_t wait_for_none(Duration limit);

private:
    Gauge& gauge_;
    std::mutex mutex_;
    std::condition_variable none_left_;
    std::size_t count_ = 0;
};

// What all I/O threads share.
struct ServerBase {
    Env env;
    ServerSettings settings;
    Handler handler;
    Cors cors;
    ComputePool& compute;
    ConnectionCount connections;
    ConnectionCount turned_away;

    ConnectionCount& count_of(Admission admission) { return admission == Admission::serve ? connections : turned_away; }
};

class IoThread {
public:
    IoThread(ServerBase& base, unsigned index);
    ~IoThread() = default;  // after stop()
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    void start();
    void stop();

    // Any thread may call the rest.
    boost::asio::io_context& context() { return context_; }
    // Serves a connection that has been counted. The socket belongs to this thread's context.
    void adopt(boost::asio::ip::tcp::socket socket, Admission admission);
    void end_idle_connections();
    void close_connections();

private:
    void serve(boost::asio::ip::tcp::socket socket, Admission admission);
    void look_for_late_sessions();

    ServerBase& base_;
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::steady_timer rounds_;
    Workplace workplace_;
    std::list<Session> sessions_;
    std::thread thread_;
};

}  // namespace etapa::net
