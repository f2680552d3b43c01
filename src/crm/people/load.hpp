#pragma once
// Who holds a conversation, and how many open ones each member holds.
//
// The load is kept, not counted: counting took 57 ms at 500,000 open conversations. It changes in exactly one function,
// `hold`, which therefore is the only one that writes assignees or a conversation's status; a test recounts it.

#include "crm/conversations/conversation.hpp"
#include "crm/people/membership.hpp"
#include "db/tx.hpp"

#include <map>
#include <optional>
#include <tuple>
#include <vector>

namespace etapa::people {

struct Load {
    std::int64_t open = 0;                 // assigned conversations that are not resolved
    std::optional<Time> last_assigned_at;  // by a step; empty: never
};

// One assignment of a conversation to a member.
struct Assignment {
    ConversationId conversation_id;
    MembershipId membership_id;

    static consteval auto fields() {
        return describe(field("conversationId", &Assignment::conversation_id, "The conversation."),
                        field("membershipId", &Assignment::membership_id, "The member."));
    }
};

// The assignments of these conversations, oldest first within each; those of removed members are left out.
std::vector<Assignment> assignments(ReadTx& tx, const std::vector<ConversationId>& conversations);
Later<Assignment> assignments_later(ReadTx& tx, const std::vector<ConversationId>& conversations);

enum class Assigned : std::uint8_t { by_step, by_hand };

// The loads of some members, read once per transaction and kept in step with what `hold` writes, so that a batch of
// entries shares out evenly (R65).
class Loads {
public:
    // Reads the loads of `members`, locking them so that choices of one organization take turns.
    Loads(WriteTx& tx, const std::vector<MembershipId>& members);
    // The same in two parts, when other rows are wanted at the same time.
    using Row = std::tuple<MembershipId, std::int64_t, std::optional<Time>>;
    static Later<Row> ask(WriteTx& tx, const std::vector<MembershipId>& members);
    Loads() = default;
    void keep(Later<Row> asked);
    [[nodiscard]] Load of(const MembershipId& member) const;

private:
    friend void hold(WriteTx&, Loads&, const Conversation&, const std::vector<MembershipId>&, ConversationStatus,
                     const std::vector<MembershipId>&, Assigned);
    // A time of assignment later than all known ones, so that the order of assignments within an instant is not lost.
    [[nodiscard]] Time next_assignment(Time now) const;

    std::map<MembershipId, Load> loads_;
};

// Makes `assignees` hold the conversation, with the status `status`; `before` and `assignees_before` are what is
// stored. `Assigned::by_step` also notes the time of the assignment for each new holder (R64). Writes assignees, status
// and loads; the caller's own copy of the conversation is not changed. Writes nothing that stays the same.
void hold(WriteTx& tx, Loads& loads, const Conversation& before, const std::vector<MembershipId>& assignees_before,
          ConversationStatus status, const std::vector<MembershipId>& assignees, Assigned by);

// Takes up to `limit` conversations from a member who was removed (R94), and returns how many it were. The load goes
// with the member, so it is not kept in step.
std::int64_t remove_assignments(WriteTx& tx, const MembershipId& removed, std::int64_t limit);

}  // namespace etapa::people
