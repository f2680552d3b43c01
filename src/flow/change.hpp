#pragma once
// Changes to a conversation itself: title, status, priority, AI switch, who holds it, what it counts. Where it stands
// in a scenario stays as it is (R16).

#include "crm/conversations/conversation.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::flow {

// Stores how `after` differs from `before`, which is locked, and publishes it as one event; false, and neither, when
// nothing differs. `assignees` hold the conversation from now on; absent: whoever does.
bool change(WriteTx& tx, const Conversation& before, Conversation after,
            const std::optional<std::vector<MembershipId>>& assignees = {});

// Deletes it with everything that belongs to it (R95); above 1,000 rows a job does the rest.
void remove(WriteTx& tx, const Conversation& conversation);

}  // namespace etapa::flow
