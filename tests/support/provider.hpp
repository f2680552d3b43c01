#pragma once
// A WhatsApp as it is in life: customers write, and each of their messages comes again until it is acknowledged and
// sometimes after that; what is sent to them is taken, refused, put off, or lost on the way. It knows what it took, by
// the id that each message carries. One number, which is connected to one agent.

#include "support/world.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace etapa::tests {

class Provider {
public:
    enum class Mood : std::uint8_t { well, busy, refuses, window_closed, silent, broken, unreachable };
    static constexpr int moods = 7;

    // Makes the agent, and connects it.
    explicit Provider(World& world);
    [[nodiscard]] const std::string& agent() const { return agent_; }

    void set_mood(Mood mood) { mood_ = mood; }
    net::OutboundResult answer(const net::OutboundRequest& request);

    // A customer writes. Returns the conversation, or nothing when the message was not acknowledged.
    std::string say(std::uint32_t customer, std::string_view text);
    // One of the messages comes once more.
    std::string repeat(std::uint32_t number);
    // What was not acknowledged comes again; false when something is still not.
    bool repeat_all();
    // The messages of a conversation that is about to be deleted are not expected any more.
    void forget(const std::string& conversation);

    // What is wrong with what is stored, in a sentence; at the end also what is left to do.
    enum class Moment : std::uint8_t { meanwhile, at_the_end };
    std::string wrong(Moment moment);

    [[nodiscard]] std::size_t said() const { return said_.size(); }
    [[nodiscard]] std::size_t taken() const { return taken_.size(); }

private:
    struct Said {
        std::string customer;
        std::string text;
        bool is_acknowledged = false;
    };

    std::string deliver(const std::string& id, Said& said);
    [[nodiscard]] std::string wrong_inward();
    [[nodiscard]] std::string wrong_outward(Moment moment);

    World& world_;
    std::string agent_;
    std::string channel_;
    Mood mood_ = Mood::well;
    std::map<std::string, Said> said_;  // by the provider's ids
    std::map<std::string, int> taken_;  // messages of ours
    std::string complaint_;
};

}  // namespace etapa::tests
