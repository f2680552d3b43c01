#pragma once
// One conversation on its way into a step: what was stored, what will be stored, and what the caller is told. It lives
// for the length of one flow::enter; the parts of an entry hand it on.

#include "crm/conversations/conversation.hpp"
#include "flow/enter.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::flow {

struct Arrival {
    Entry entry;
    Conversation before;
    Conversation conversation;
    std::optional<Step> from;         // the step it stands in, of whatever scenario
    std::optional<Placement> left;    // the placement that it leaves; in another scenario, or this one before the move
    std::optional<Placement> stored;  // in the target's scenario, as it was
    Placement placement;              // the same, as it will be
    Step target;
    std::string scenario_name;
    Stay stay;
    std::vector<MembershipId> assignees_before;
    std::vector<MembershipId> assignees;
    std::vector<std::string> tags_added;
    std::vector<std::string> tags_removed;
    std::optional<bool> message_sent;
    std::optional<std::string> message_error;
    std::optional<MessageId> message;
    std::optional<bool> blocked_by_24h_rule;

    // Timers and triggers obey required steps; people and the API may skip them (R41, R42).
    [[nodiscard]] bool automatic() const { return entry.cause == Cause::timer || entry.cause == Cause::trigger; }
};

// Appends a row of status error about something that failed in the step; the current stay stays active (R101).
void record_failure(WriteTx& tx, const Arrival& arrival, std::string sentence);

}  // namespace etapa::flow
