#pragma once
// A made-up life of one organization: what people, customers, integrations, the clock and the power do to it, drawn
// from a seed, with a provider and receivers that have moods, and nodes that lose their leases.
//
// An operation names things by numbers, which mean whatever exists when it is done, so that any part of a list of
// operations is a list of operations, too. After each, what must always hold is checked.

#include "support/board.hpp"
#include "support/disk.hpp"
#include "support/provider.hpp"
#include "support/receivers.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

enum class Act : std::uint8_t {
    create_conversation,
    delete_conversation,
    place,
    move,
    leave,
    say,
    assign,
    unassign,
    set_status,
    set_priority,
    switch_ai,
    create_scenario,
    delete_scenario,
    create_step,
    change_step,
    reorder_steps,
    delete_step,
    create_member,
    change_member,
    delete_member,
    hear,
    hear_again,
    ask_agent,
    write,
    set_entrance,
    create_webhook,
    wake_webhook,
    delete_webhook,
    change_receiver,
    change_provider,
    lose_lease,
    pass_time,
    set_clock_back,
    restart,
    lose_power
};

struct Operation {
    Act act = Act::pass_time;
    std::array<std::uint32_t, 4> numbers{};
};

std::vector<Operation> operations_of(std::uint64_t seed, int count);
std::string in_words(const std::vector<Operation>& operations);

class Simulation {
public:
    Simulation();

    // Does all of them; what does not hold any more, and after which, in words. Once for each object.
    std::optional<std::string> run(const std::vector<Operation>& operations);

    [[nodiscard]] std::int64_t events() const { return board_.events(); }
    [[nodiscard]] Duration passed() const { return passed_; }
    // What there was of what the world outside does, added up.
    struct Outside {
        std::size_t heard = 0;     // messages of customers
        std::size_t sent = 0;      // messages that the provider took
        std::int64_t told = 0;     // deliveries that receivers took
        std::int64_t refused = 0;  // attempts that they did not
        int lost_leases = 0;

        void add(const Outside& other);
    };
    [[nodiscard]] Outside outside() const;

private:
    using Ids = std::vector<std::string>;

    void run(const Operation& operation);
    void run_on_conversation(Act act, const Operation& operation, const std::string& conversation);
    void run_on_design(Act act, const Operation& operation);
    void run_outside(const Operation& operation);
    void change_step(const Operation& operation);
    void reorder_steps(const std::string& scenario);
    void pass(Duration span);
    // The world outside, of which an attempt may take longer than its lease.
    net::OutboundResult answer(const net::OutboundRequest& request);
    void outlive_lease();
    void know(const std::string& conversation);
    void lose_power(const Operation& operation);
    // Calls the API; a refusal is an answer, a failure of the server is none.
    Answer call(std::string_view method, const std::string& target, const std::string& body = {});
    void create(std::string_view target, const std::string& body, Ids& ids);
    [[nodiscard]] std::string wrong();
    [[nodiscard]] std::string unfinished();
    [[nodiscard]] std::string untold();

    Disk& disk_;
    World world_;
    Board board_;
    Provider provider_;
    Receivers receivers_;
    SeededRandom random_{1};
    Ids conversations_;
    Ids scenarios_;
    Ids steps_;
    Ids members_;
    std::string failed_call_;
    std::uint32_t long_attempts_ = 0;  // that are still to come
    int lost_leases_ = 0;
    Duration passed_;
};

}  // namespace etapa::tests
