#pragma once
// The table of stays. A stay on a step that was deleted reads as ended, and one of a deleted conversation is gone, even
// while a job still clears them.

#include "crm/stays/stay.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::stays {

// Which stays a list shows; absent members do not filter.
struct Filter {
    std::optional<ConversationId> conversation;
    std::optional<ScenarioId> scenario;
    std::optional<StepId> step;
    std::optional<StayStatus> status;
};

std::optional<Stay> find(ReadTx& tx, const StayId& id);
Stay get(ReadTx& tx, const StayId& id);
// Newest first: those of a conversation in the order of the entries themselves (R104), others as they were made.
std::vector<Stay> page(ReadTx& tx, const Filter& filter, std::int64_t limit, std::int64_t offset);
std::int64_t count(ReadTx& tx, const Filter& filter);

void append(WriteTx& tx, const Stay& stay);
// Changes nothing else: the conversation may be leaving meanwhile.
void set_status(WriteTx& tx, const StayId& id, StayStatus status);
// Ends the current stay of a conversation's placement. A status that somebody gave it through the API stays.
void end(WriteTx& tx, const ConversationId& conversation, const StayId& id);
void end_all(WriteTx& tx, const std::vector<StayId>& ids);
void remove(WriteTx& tx, const StayId& id);

}  // namespace etapa::stays
