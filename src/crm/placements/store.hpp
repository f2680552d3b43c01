#pragma once
// The table of placements. Only flow::enter, flow::leave and flow::clear change where a conversation stands.
//
// A placement on a step that was deleted reads as unavailable and without a step, even while a job still clears it.

#include "crm/placements/placement.hpp"
#include "db/tx.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace etapa::placements {

struct StepCount {
    ScenarioId scenario_id;
    StepId step_id;
    std::int64_t count = 0;
};

std::optional<Placement> find(ReadTx& tx, const ScenarioId& scenario, const ConversationId& conversation);
// All placements of these conversations, oldest first within each; those in deleted scenarios are left out.
std::vector<Placement> of(ReadTx& tx, const std::vector<ConversationId>& conversations);
// The same in two parts, when other rows are wanted at the same time: call what it returns.
std::function<std::vector<Placement>()> of_later(ReadTx& tx, const std::vector<ConversationId>& conversations);

// A page of a scenario's placements, newest first; with `step` only those in that step.
enum class Include : std::uint8_t { available, all };
std::vector<Placement> page(ReadTx& tx, const ScenarioId& scenario, const std::optional<StepId>& step, Include include,
                            std::int64_t limit, std::int64_t offset);
std::int64_t count(ReadTx& tx, const ScenarioId& scenario, const std::optional<StepId>& step, Include include);
// The number of placements in each step of the scenario that has one.
std::map<std::string, std::int64_t> counts_by_step(ReadTx& tx, const ScenarioId& scenario, Include include);

// How many conversations are active in each step, by scenario and step.
std::vector<StepCount> active_counts(ReadTx& tx);

// Somebody wrote, so the timer moves so far were not in a row (R57).
void forget_timer_hops(WriteTx& tx, const ConversationId& conversation);

// The placement of the conversation that is stored as available although its step was deleted.
std::optional<Placement> find_unseen(ReadTx& tx, const ConversationId& conversation);

// Makes whatever other placement of the conversation is stored as available unavailable, even one that a reader does
// not see any more because its step or scenario was deleted: there is room for one only (I1).
void release_others(WriteTx& tx, const Placement& placement);

// Keeps what was decided about the end user's latest message.
void note_judgement(WriteTx& tx, const PlacementId& id, const JsonObject& judgement);

void insert(WriteTx& tx, const Placement& placement);
// Stores what changed.
void save(WriteTx& tx, const Placement& before, const Placement& after);
void remove(WriteTx& tx, const PlacementId& id);

// For flow::clear, which needs the rows of something deleted as they are stored; up to `limit` of them.
std::vector<Placement> stored_in(ReadTx& tx, const StepId& step, std::int64_t limit);
std::vector<Placement> stored_in(ReadTx& tx, const ScenarioId& scenario, std::int64_t limit);
std::vector<Placement> stored_of(ReadTx& tx, const ConversationId& conversation);
// Makes those of them that still stand in the step unavailable and without one (R97).
void vacate_all(WriteTx& tx, const StepId& step, const std::vector<PlacementId>& ids);
void remove_all(WriteTx& tx, const std::vector<PlacementId>& ids);
// The agent answers nowhere any more (R93); at most `limit` rows, whose number is returned.
std::int64_t forget_agent(WriteTx& tx, const AgentId& agent, std::int64_t limit);

}  // namespace etapa::placements
