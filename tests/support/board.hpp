#pragma once
// Where all conversations stand, who holds them and how, once as the tables have it and once as a reader of /events
// knows it. The two must always be the same.

#include "support/world.hpp"

#include <compare>
#include <map>
#include <set>
#include <string>

namespace etapa::tests {

struct Standing {
    std::string status;
    std::string priority;
    bool is_ai_enabled = true;
    std::set<std::string> assignees;
    std::string placement;  // the available one; empty when there is none
    std::string scenario;
    std::string step;

    auto operator<=>(const Standing&) const = default;
};

using Standings = std::map<std::string, Standing>;

Standings stored_standings(World& world);
// Both where they differ, in words; empty when they are the same.
std::string difference(const Standings& stored, const Standings& told);

// Follows /events, from the beginning on.
class Board {
public:
    // Takes in what happened since the last call.
    void follow(World& world);
    [[nodiscard]] const Standings& standings() const { return standings_; }
    [[nodiscard]] std::int64_t events() const { return events_; }

private:
    void take(const boost::json::object& event);
    void take_entry(const std::string& placement, const boost::json::object& to);
    void take_leaving(const std::string& placement);
    template <class Matches> void empty(Matches matches);

    Standings standings_;
    std::string cursor_;
    std::int64_t events_ = 0;
};

}  // namespace etapa::tests
