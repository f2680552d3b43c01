#pragma once
// The identities of all nouns, so that one noun can refer to another without knowing it.

#include "base/id.hpp"
#include "db/caller.hpp"

namespace etapa {

using UserId = Id<struct User>;
using MembershipId = Id<struct Membership>;
using KeyId = Id<struct ApiKey>;
using AgentId = Id<struct Agent>;
using ScenarioId = Id<struct Scenario>;
using StepId = Id<struct Step>;
using ContactId = Id<struct Contact>;
using ConversationId = Id<struct Conversation>;
// NOLINTNEXTLINE(bugprone-forward-declaration-namespace): googletest has a Message, too
using MessageId = Id<struct Message>;
using TagId = Id<struct Tag>;
using PlacementId = Id<struct Placement>;
using StayId = Id<struct Stay>;
using JobId = Id<struct Job>;

}  // namespace etapa
