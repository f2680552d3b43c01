#pragma once
// A thin layer over PostgreSQL's client library: connecting, statements that are sent without waiting, and answers in
// the order in which they were asked for. Knows no transactions. libpq.cpp is the only file that includes libpq.

#include "db/connection.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

namespace etapa::db {

// The connection is gone, or has been given up.
class ConnectionLost : public StoreUnavailable {
public:
    using StoreUnavailable::StoreUnavailable;
};

// No connection can be had; the sentence is the library's.
class ConnectFailed : public StoreUnavailable {
public:
    using StoreUnavailable::StoreUnavailable;
};

// No answer came in time, so the connection has been given up.
class NoAnswer : public ConnectionLost {
public:
    using ConnectionLost::ConnectionLost;
};

// What came back for one statement.
class PqAnswer final : public Row {
public:
    enum class Kind : std::uint8_t {
        done,     // with or without rows
        synced,   // the end of what was sent together
        skipped,  // a statement before it has failed
        failed
    };

    explicit PqAnswer(pg_result* result);
    PqAnswer(const PqAnswer&) = delete;
    PqAnswer(PqAnswer&&) noexcept = default;
    PqAnswer& operator=(const PqAnswer&) = delete;
    PqAnswer& operator=(PqAnswer&&) noexcept = default;
    ~PqAnswer() override = default;

    [[nodiscard]] Kind kind() const;
    // The five characters and the sentence of a failure.
    [[nodiscard]] std::string sqlstate() const;
    [[nodiscard]] std::string message() const;
    // What was done, as the server names it: `SELECT 1`, `COMMIT`.
    [[nodiscard]] std::string_view tag() const;
    [[nodiscard]] std::int64_t changed_rows() const;

    // As a Row it is the one that was chosen last.
    [[nodiscard]] int rows() const;
    void choose(int row);
    [[nodiscard]] bool is_null(int column) const override;
    [[nodiscard]] std::int64_t integer(int column) const override;
    [[nodiscard]] double real(int column) const override;
    [[nodiscard]] bool boolean(int column) const override;
    [[nodiscard]] std::string_view text(int column) const override;
    [[nodiscard]] std::span<const std::byte> bytes(int column) const override;

private:
    struct Clear {
        void operator()(pg_result* result) const;
    };
    std::unique_ptr<pg_result, Clear> result_;
    int row_ = 0;
    mutable std::deque<std::string> bytes_;  // decoded columns of bytes
};

class PqLink {
public:
    using Deadline = std::chrono::steady_clock::time_point;

    // Takes a few seconds at worst for each host of the address. Throws ConnectFailed.
    explicit PqLink(const std::string& url);
    PqLink(const PqLink&) = delete;
    PqLink& operator=(const PqLink&) = delete;
    ~PqLink();

    // Each is sent with the next sync, or before when there is much of it, and is answered once. Values are copied.
    void prepare(const std::string& name, const std::string& text);
    void execute(const std::string& name, std::span<const Value> parameters);
    // Without preparing, for what is said once.
    void execute_text(const std::string& text);
    // Ends what is answered together: after a failure everything up to here is skipped.
    void sync();

    // Waits for the next answer. Throws ConnectionLost, also when the deadline has come.
    PqAnswer next(Deadline deadline);

    // Runs several statements and waits for their end, however long that takes; nothing else may be waited for.
    PqAnswer script(const std::string& statements);

    // What other connections have notified, without waiting: the payload. `mine` are left out.
    std::optional<std::string> notification();
    // Waits until something comes in, `wake` becomes readable, or the span is over. Throws ConnectionLost.
    void wait(int wake, std::chrono::milliseconds span);

    // Whether the server has not closed the connection, as far as is known without asking.
    [[nodiscard]] bool is_alive();

    [[nodiscard]] int server_version() const;  // 150004 is 15.4
    [[nodiscard]] std::string setting(const char* name) const;

    // How an address may be shown: without its password.
    static std::string shown(const std::string& url);

private:
    void flush_and_wait(Deadline deadline);
    [[noreturn]] void give_up() const;

    struct Finish {
        void operator()(pg_conn* connection) const;
    };
    std::unique_ptr<pg_conn, Finish> connection_;
};

}  // namespace etapa::db
