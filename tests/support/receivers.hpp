#pragma once
// The receivers of an organization's webhooks as they are in life: well, out of order, silent, busy, gone for good.
// They keep what they took, and know from the log of events what they have to be told. Not what sends: that is the
// product.
//
// A webhook is known by its number, which stands in its address; several have the same host, which fares as one.

#include "crm/events/event.hpp"
#include "crm/events/position.hpp"
#include "support/world.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace etapa::tests {

class Receivers {
public:
    enum class Mood : std::uint8_t { well, out_of_order, silent, busy, flaky, gone };
    static constexpr std::size_t hosts = 3;

    explicit Receivers(World& world) : world_(world) {}

    // A webhook at one of the hosts; returns nothing when the API refuses.
    void add(std::size_t host, std::string_view events_member);
    [[nodiscard]] const std::vector<std::string>& ids() const { return ids_; }
    void set_mood(std::size_t host, Mood mood) { moods_.at(host % hosts) = mood; }
    void recover() { moods_.fill(Mood::well); }

    [[nodiscard]] static bool is_for(const net::OutboundRequest& request);
    net::OutboundResult answer(const net::OutboundRequest& request);

    // Nobody may know what became of what was attempted since the last look, so it may come again.
    void allow_repetition() { is_repetition_allowed_ = true; }
    // Reads what has happened since the last call; what is wrong with what was told, in a sentence.
    std::string look();
    // What is missing when everybody has been well for a while.
    std::string missing();

    [[nodiscard]] std::int64_t taken() const { return taken_; }
    [[nodiscard]] std::int64_t refused() const { return refused_; }

private:
    struct Due {  // an event that has to be told
        std::string lane;
        Time created_at;
    };
    struct Endpoint {
        std::string id;
        std::size_t host = 0;
        std::set<std::string, std::less<>> types;  // none: all
        Time created_at;
        bool is_active = false;
        std::map<std::int64_t, Due> due;
        std::map<std::int64_t, int> taken;
        std::map<std::string, std::int64_t> last_in;  // the lane's latest event that was taken
        std::optional<Time> refused_at;
    };

    void take(Endpoint& endpoint, const std::string& lane, std::int64_t sequence);
    void follow();
    void note(const Event& event);
    void note_fate(Endpoint& endpoint, const Event& event);
    [[nodiscard]] bool is_out_of_patience(const Endpoint& endpoint, const Due& due) const;

    World& world_;
    std::array<Mood, hosts> moods_{};
    std::vector<Endpoint> endpoints_;  // by their numbers
    std::vector<std::string> ids_;
    events::Position position_;
    std::set<std::int64_t> stored_;                             // events that happened
    std::set<std::pair<std::string, std::int64_t>> attempted_;  // since the last look
    std::set<std::pair<std::string, std::int64_t>> repeatable_;
    bool is_repetition_allowed_ = false;
    std::string complaint_;
    std::int64_t attempts_ = 0;
    std::int64_t taken_ = 0;
    std::int64_t refused_ = 0;
};

}  // namespace etapa::tests
