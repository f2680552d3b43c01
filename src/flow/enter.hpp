#pragma once
// The only function that puts conversations into steps. Everything that moves a conversation (the API, a person, a
// trigger, a timer, a dispatch) arrives here with its cause, inside one transaction (R17, R18). It takes many entries
// at once so that a batch of timers costs the round trips of one: reads for all, decisions, writes for all.

#include "crm/placements/placement.hpp"
#include "crm/stays/stay.hpp"
#include "crm/steps/step.hpp"
#include "db/tx.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace etapa::flow {

// Whether the step's initial message is said: by the rule of the cause (R23), because the caller asked, or not any
// more, because the timer that should have sent it is a day late (R58).
enum class Say : std::uint8_t { by_cause, always, too_late };

// Where the conversation has to come from: a placing enters a scenario in which it is not active (R11), a move stays
// within the scenario in which it is (R13).
enum class From : std::uint8_t { anywhere, outside, inside };

struct Entry {
    ConversationId conversation;
    StepId target;
    Cause cause = Cause::api_move;
    From from = From::anywhere;
    Say say = Say::by_cause;
    std::optional<std::int64_t> expected_entry_seq = {};  // a decision taken on an older state is dropped (R22)
    std::optional<JsonObject> judgement = {};             // of a trigger, kept with the stay
};

// What became of one entry.
struct Entered {
    enum class Outcome : std::uint8_t {
        entered,
        stayed,       // it was there already (R14)
        stale,        // entrySeq had changed (R59)
        target_gone,  // the step does not exist any more
        conversation_gone,
        not_outside,  // it is active in the target's scenario already
        not_inside,   // it is not active in the target's scenario
    } outcome = Outcome::entered;
    Placement placement;
    Step step;                         // where it landed: a required step may have stopped it (R41)
    std::optional<bool> message_sent;  // R28: null when there was nothing to say or nobody asked
    std::optional<std::string> message_error;
    std::optional<MessageId> message;
    std::optional<bool> blocked_by_24h_rule;  // R79
};

// Enters each conversation into its target. Results come in the order of `entries`, which must name each conversation
// once. Rows are locked in the order of conversation ids, then the loads of members.
std::vector<Entered> enter(WriteTx& tx, std::span<const Entry> entries);

// Takes the conversation of `placement` out of its scenario: placement unavailable, timer cancelled, stay ended (R15,
// R51). The placement stays as history.
void leave(WriteTx& tx, const Placement& placement);

// Ends the stay and the timer of a placement that nobody sees any more, because its step was deleted, before the job
// comes that clears it (R51, R89).
void end_unseen(WriteTx& tx, const ConversationId& conversation);

}  // namespace etapa::flow
