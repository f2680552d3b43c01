#pragma once
// Finishes the deletion of something that others refer to.
//
// A deletion marks the row as deleted, which every reader honours at once, and clears what refers to it: up to 1,000
// rows in the same transaction, the rest by a job in batches of 500, so that deleting what has very many occupants
// never stalls the writer. When nothing refers to it any more, the row itself goes.

#include "crm/ids.hpp"
#include "crm/jobs/job.hpp"
#include "db/tx.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace etapa::flow {

inline constexpr std::string_view deletion_job = "deletion.finish";

enum class Cleared : std::uint8_t { step, scenario, agent, membership, conversation, contact, tag, deliveries };
constexpr auto names(Cleared) {
    return std::to_array<std::string_view>(
        {"step", "scenario", "agent", "membership", "conversation", "contact", "tag", "deliveries"});
}

// Call it after the row was marked as deleted.
// step: its placements become unavailable with no step, their timers are cancelled, their stays end (R89).
// scenario: its placements go, their timers are cancelled, their stays end and stay as history; its steps go (R92).
// agent: `agentId` of conversations and `respondingAgentId` of placements become null (R93).
// membership: its assignments go (R94).
// conversation: its placements and timers go at once, then all that belongs to it (R95).
// deliveries: what was to be told to webhooks about the conversation of this id, once no attempt is under way (R95).
// contact: its conversations and messages pass to the contact that it was merged into, or become nobody's.
// tag: conversations no longer carry it. A tag is its name: `id` is that, and its row is gone already.
void clear(WriteTx& tx, Cleared noun, std::string_view id);
// The same for many, which share the 1,000 rows evenly.
void clear_all(WriteTx& tx, Cleared noun, const std::vector<std::string>& ids);

// The job `deletion.finish`: one more batch, and another job if that was not all.
void finish_deletion(WriteTx& tx, const Job& job);

}  // namespace etapa::flow
