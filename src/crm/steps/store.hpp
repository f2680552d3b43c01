#pragma once
// The table of steps. A deleted step is gone for every function here, even while a job still clears its occupants.

#include "base/problem.hpp"
#include "crm/steps/step.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::steps {

std::optional<Step> find(ReadTx& tx, const StepId& id);
Step get(ReadTx& tx, const StepId& id);
Step lock(WriteTx& tx, const StepId& id);
// In index order.
std::vector<Step> list(ReadTx& tx, const ScenarioId& scenario);
std::vector<Step> find_all(ReadTx& tx, const std::vector<StepId>& ids);
// All steps of the organization, for changes that must find every step that refers to something (R93, R94).
std::vector<Step> all(ReadTx& tx);

// With agent and scenario, in the order given.
std::vector<StepView> views(ReadTx& tx, std::vector<Step> steps);
StepView view(ReadTx& tx, Step step);

Step append(WriteTx& tx, Step step);
void save(WriteTx& tx, const Step& step);

// The wrong references and combinations of a step that is about to be stored: agents, members, target step, times (R4,
// R31, R48, R57, R69).
void check(ReadTx& tx, const Step& step, BadFields& bad);

// How long a conversation stays before the timer moves it on; empty: there is no timer (R47, R48).
std::optional<Duration> auto_next_after(const Step& step);

}  // namespace etapa::steps
