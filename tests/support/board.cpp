#include "support/board.hpp"

#include <sstream>

namespace etapa::tests {
namespace {

std::string text(const boost::json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// What an event tells about the conversation itself, as far as it tells.
void update(Standing& standing, const boost::json::object& to) {
    if (to.contains("status")) standing.status = text(to, "status");
    if (to.contains("priority")) standing.priority = text(to, "priority");
    if (to.contains("isAiEnabled")) standing.is_ai_enabled = to.at("isAiEnabled").as_bool();
    if (!to.contains("assigneeMembershipIds")) return;
    standing.assignees.clear();
    for (const auto& id : to.at("assigneeMembershipIds").as_array()) standing.assignees.emplace(id.as_string());
}

std::string in_words(const Standing& standing) {
    std::string words = standing.status + ' ' + standing.priority + (standing.is_ai_enabled ? " AI" : " no AI") +
                        " in step '" + standing.step + "' held by";
    for (const auto& id : standing.assignees) words += ' ' + id;
    return words;
}

}  // namespace

Standings stored_standings(World& world) {
    Standings standings;
    auto read = [&](ReadTx& tx) {
        for (const auto& [id, status, priority, is_ai_enabled] :
             tx.all<std::tuple<std::string, std::string, std::string, bool>>(
                 "SELECT id, status, priority, is_ai_enabled FROM conversation WHERE organization_id = $1"
                 " AND deleted_at IS NULL",
                 tx.organization())) {
            standings[id] = {status, priority, is_ai_enabled, {}, {}, {}, {}};
        }
        for (const auto& [id, member] : tx.all<std::tuple<std::string, std::string>>(
                 "SELECT conversation_id, membership_id FROM conversation_assignee WHERE organization_id = $1",
                 tx.organization())) {
            standings[id].assignees.insert(member);
        }
        for (const auto& [id, placement, scenario, step] :
             tx.all<std::tuple<std::string, std::string, std::string, std::string>>(
                 "SELECT conversation_id, id, scenario_id, step_id FROM placement WHERE organization_id = $1"
                 " AND available",
                 tx.organization())) {
            standings[id].placement = placement;
            standings[id].scenario = scenario;
            standings[id].step = step;
        }
    };
    world.database().read_now(world.caller(), read);
    return standings;
}

std::string difference(const Standings& stored, const Standings& told) {
    std::ostringstream words;
    for (const auto& [id, standing] : stored) {
        const auto other = told.find(id);
        if (other == told.end()) {
            words << id << " is stored, but no event tells of it\n";
        } else if (other->second != standing) {
            words << id << " is " << in_words(standing) << "\n  but by the events " << in_words(other->second) << '\n';
        }
    }
    for (const auto& [id, standing] : told) {
        if (!stored.contains(id)) words << id << " is gone, but no event tells so\n";
    }
    return words.str();
}

void Board::follow(World& world) {
    while (true) {
        const auto page = world.good("GET", "/events?limit=1000" + (cursor_.empty() ? "" : "&after=" + cursor_));
        cursor_ = page.text("cursor");
        const auto& rows = page.json.at("data").as_array();
        for (const auto& event : rows) take(event.as_object());
        events_ += static_cast<std::int64_t>(rows.size());
        if (rows.empty()) return;
    }
}

template <class Matches> void Board::empty(Matches matches) {
    for (auto& [id, standing] : standings_) {
        if (matches(standing)) standing.placement = standing.scenario = standing.step = "";
    }
}

void Board::take_entry(const std::string& placement, const boost::json::object& to) {
    auto& standing = standings_[text(to, "conversationId")];
    update(standing, to);
    const bool stays = to.at("available").as_bool();
    standing.placement = stays ? placement : "";
    standing.scenario = stays ? text(to, "scenarioId") : "";
    standing.step = stays ? text(to, "stepId") : "";
}

void Board::take_leaving(const std::string& placement) {
    empty([&](const Standing& standing) { return standing.placement == placement; });
}

void Board::take(const boost::json::object& event) {
    const auto type = text(event, "type");
    const auto subject = text(event, "subjectId");
    const auto& to = event.at("to").as_object();
    if (type == "conversation.created" || type == "conversation.changed") update(standings_[subject], to);
    if (type == "conversation.deleted") standings_.erase(subject);
    if (type == "step.entered") take_entry(subject, to);
    if (type == "step.left") take_leaving(subject);
    if (type == "step.deleted") empty([&](const Standing& standing) { return standing.step == subject; });
    if (type == "scenario.deleted") empty([&](const Standing& standing) { return standing.scenario == subject; });
    if (type == "membership.deleted") {
        for (auto& [id, standing] : standings_) standing.assignees.erase(subject);
    }
}

}  // namespace etapa::tests
