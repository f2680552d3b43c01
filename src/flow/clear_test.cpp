// Clearing after agents and members; steps and scenarios are cleared in src/api/steps_test.cpp and scenarios_test.cpp,
// together with what readers see meanwhile.
#include "flow/clear.hpp"

#include "crm/agents/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/people/load.hpp"
#include "crm/people/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/test_crm.hpp"

namespace etapa::flow {
namespace {

class Clearing : public CrmTest {
protected:
    std::int64_t rows(Sql table_and_condition) {
        return read([&](ReadTx& tx) {
            Query query("SELECT count(*) FROM ");
            query.add(table_and_condition);
            return tx.one<std::int64_t>(query);
        });
    }

    static Conversation add_conversation(WriteTx& tx) {
        Conversation conversation;
        conversation.id = tx.new_id<ConversationId>();
        conversation.organization_id = tx.organization();
        conversations::insert(tx, conversation);
        return conversation;
    }

    // Does the jobs that wait; returns how many there were.
    int work_off() {
        int done = 0;
        while (true) {
            const auto jobs = write([](WriteTx& tx) {
                auto claimed = jobs::claim(tx, 10);
                for (const auto& job : claimed) finish_deletion(tx, job);
                return claimed;
            });
            if (jobs.empty()) return done;
            done += static_cast<int>(jobs.size());
        }
    }
};

Placement standing_in(WriteTx& tx, const ConversationId& conversation, std::string step) {
    Placement placement;
    placement.id = tx.new_id<PlacementId>();
    placement.organization_id = tx.organization();
    placement.conversation_id = conversation;
    placement.step_id = StepId{std::move(step)};
    return placement;
}

class ClearingAgent : public Clearing {
protected:
    AgentId agent_with(int conversations) {
        return write([&](WriteTx& tx) {
            Agent agent;
            agent.name = {"Bot"};
            const auto id = agents::insert(tx, agent).id;
            for (int made = 0; made < conversations; ++made) {
                const auto conversation = add_conversation(tx);
                tx.defer("UPDATE conversation SET agent_id = $3 WHERE organization_id = $1 AND id = $2",
                         tx.organization(), conversation.id, id);
                Placement placement = standing_in(tx, conversation.id, "step");
                placement.responding_agent_id = id;
                placements::insert(tx, placement);
            }
            return id;
        });
    }

    void clear_now(const AgentId& id) {
        write([&](WriteTx& tx) { clear(tx, Cleared::agent, id.value); });
    }

    std::int64_t references() {
        return rows("conversation WHERE agent_id IS NOT NULL") +
               rows("placement WHERE responding_agent_id IS NOT NULL");
    }
};

TEST_F(Clearing, OfAStepLeavesAloneWhoHasMovedOnMeanwhile) {
    write([&](WriteTx& tx) {
        const Placement placement = standing_in(tx, add_conversation(tx).id, "next");
        placements::insert(tx, placement);
        placements::vacate_all(tx, StepId{"step"}, {placement.id});
    });
    EXPECT_EQ(rows("placement WHERE available AND step_id = 'next'"), 1);
}

// As on PostgreSQL, where the move has read the placement before the clearing.
TEST_F(Clearing, OfAStepBetweenTheReadingAndTheStoringOfAMoveChangesNothing) {
    write([&](WriteTx& tx) {
        Placement before = standing_in(tx, add_conversation(tx).id, "step");
        before.responding_agent_id = AgentId{"agent"};
        placements::insert(tx, before);
        Placement after = before;
        after.step_id = StepId{"next"};
        placements::vacate_all(tx, StepId{"step"}, {before.id});
        placements::save(tx, before, after);
    });
    EXPECT_EQ(rows("placement WHERE available AND step_id = 'next' AND responding_agent_id = 'agent'"), 1);
}

TEST_F(ClearingAgent, WithFewReferencesIsDoneAtOnce) {
    clear_now(agent_with(499));
    EXPECT_EQ(references(), 0);
    EXPECT_EQ(rows("agent"), 0);
    EXPECT_EQ(work_off(), 0);
}

TEST_F(ClearingAgent, WithManyReferencesIsFinishedInBatchesOf500) {
    clear_now(agent_with(900));
    EXPECT_EQ(references(), 800);
    EXPECT_EQ(rows("agent"), 1);
    EXPECT_EQ(work_off(), 2);
    EXPECT_EQ(references(), 0);
    EXPECT_EQ(rows("agent"), 0);
}

TEST_F(ClearingAgent, LeavesOtherAgentsAlone) {
    agent_with(3);
    clear_now(agent_with(3));
    EXPECT_EQ(references(), 6);
    EXPECT_EQ(rows("agent"), 1);
}

TEST_F(Clearing, AMembersAssignmentsGoInBatchesAndThenTheMember) {
    const auto member = write([&](WriteTx& tx) {
        Membership wanted;
        wanted.email = {"ana@example.com"};
        wanted.name = {"Ana"};
        const auto id = people::add(tx, wanted, people::Joining::accepted).id;
        people::Loads loads(tx, {id});
        for (int made = 0; made < 1'200; ++made) {
            const auto conversation = add_conversation(tx);
            people::hold(tx, loads, conversation, {}, conversation.status, {id}, people::Assigned::by_step);
        }
        return id;
    });
    write([&](WriteTx& tx) { clear(tx, Cleared::membership, member.value); });
    EXPECT_EQ(rows("conversation_assignee"), 200);
    EXPECT_EQ(work_off(), 1);
    EXPECT_EQ(rows("conversation_assignee") + rows("member_load") + rows("membership"), 0);
}

}  // namespace
}  // namespace etapa::flow
