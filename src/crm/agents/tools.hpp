#pragma once
// The tools of an agent: objects with an `id`, a `type` and whatever their type needs, kept as the client wrote them.

#include "base/problem.hpp"
#include "base/values.hpp"
#include "db/tx.hpp"

#include <vector>

namespace etapa::agents {

// The final set that `wanted` describes (API fact 2.5): an item with the id of a stored tool keeps that tool, with a
// new `config` if it brings one; any other item becomes a new tool; stored tools that are not named go.
std::vector<JsonObject> merged_tools(WriteTx& tx, const std::vector<JsonObject>& stored,
                                     const std::vector<JsonObject>& wanted, BadFields& bad);

}  // namespace etapa::agents
