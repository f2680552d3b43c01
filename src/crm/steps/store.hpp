#pragma once
// The table of steps. A deleted step is gone for every function here, even while a job still clears its occupants.

#include "base/changes.hpp"
#include "base/problem.hpp"
#include "crm/steps/step.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::steps {

// What a trigger judge needs to know of a step.
struct Triggering {
    StepId id;
    std::string name;
    std::int64_t position = 0;
    std::optional<std::string> trigger;
    bool is_required = false;

    static consteval auto fields() {
        return describe(field("id", &Triggering::id, "The step."), field("name", &Triggering::name, "Its name."),
                        field("position", &Triggering::position, "Its place in the scenario."),
                        field("trigger", &Triggering::trigger, "Its condition.", column("trigger_condition")),
                        field("isRequired", &Triggering::is_required, "Whether it cannot be jumped over."));
    }
};

std::optional<Step> find(ReadTx& tx, const StepId& id);
Step get(ReadTx& tx, const StepId& id);
Step lock(WriteTx& tx, const StepId& id);
// The step at this index of the scenario.
std::optional<Step> find_at(ReadTx& tx, const ScenarioId& scenario, std::int64_t index);
// In index order.
std::vector<Step> list(ReadTx& tx, const ScenarioId& scenario);
std::vector<Step> find_all(ReadTx& tx, const std::vector<StepId>& ids);
Later<Step> find_all_later(ReadTx& tx, const std::vector<StepId>& ids);
// The same, and nobody changes or deletes them until the transaction ends.
Later<Step> keep_all_later(WriteTx& tx, const std::vector<StepId>& ids);
// Those of the scenario that have a trigger or are required, in index order.
std::vector<Triggering> triggering(ReadTx& tx, const ScenarioId& scenario);
// The required steps with an index between the two, both excluded, in index order (R41).
std::vector<Step> required_between(ReadTx& tx, const ScenarioId& scenario, std::int64_t after, std::int64_t before);
// The step in which the conversation stands, if its timer waits for silence (R52).
std::optional<Step> waiting_for_silence(ReadTx& tx, const ConversationId& conversation);
// All steps of the organization, for changes that must find every step that refers to something (R93, R94).
std::vector<Step> all(ReadTx& tx);

// With agent and scenario, in the order given.
std::vector<StepView> views(ReadTx& tx, std::vector<Step> steps);
StepView view(ReadTx& tx, Step step);

Step append(WriteTx& tx, Step step);
void save(WriteTx& tx, const Step& step);

// The step is gone for every reader, and the steps behind it move up; flow::clear does the rest (R89).
void mark_deleted(WriteTx& tx, const Step& step);
// Removes the row of a deleted step, once no placement refers to it.
void erase(WriteTx& tx, const StepId& id);

// A nested object without any value is none.
Step normalized(Step step);

// The wrong references and combinations of a step that is about to be stored: agents, members, target step, times,
// webhook (R4, R31, R48, R57, R69). Judges the step as it will be, but blames only members that the request named: what
// has become wrong by itself (a list whose members left) must not stand in the way of other changes.
enum class Storing : std::uint8_t { created, changed };
void check(ReadTx& tx, const Step& step, Storing how, const NamedMembers& named, BadFields& bad);

// The span that autoNextTime and autoNextTimeUnit say together (R48).
Duration auto_next_span(const Step& step);
// How long a conversation stays before the timer moves it on; empty: there is no timer (R47).
std::optional<Duration> auto_next_after(const Step& step);
// Whether timers that are armed in the step go on: they end when it loses its target or its time (R51, R53).
bool allows_timers(const Step& step);
// Whether the timer of a conversation that entered then still moves it.
bool keeps_timer(const Step& step, Time entered_at);

}  // namespace etapa::steps
