#include "crm/people/load.hpp"

#include "crm/conversations/store.hpp"
#include "crm/people/store.hpp"
#include "crm/test_crm.hpp"

#include <algorithm>
#include <map>

namespace etapa::people {
namespace {

using Members = std::vector<MembershipId>;

class Holding : public CrmTest {
protected:
    MembershipId add_member(std::string name) {
        return write([&](WriteTx& tx) {
            Membership wanted;
            wanted.email = {name + "@example.com"};
            wanted.name = {name};
            return add(tx, wanted, Joining::accepted).id;
        });
    }

    ConversationId add_conversation() {
        return write([](WriteTx& tx) {
            Conversation conversation;
            conversation.id = tx.new_id<ConversationId>();
            conversation.organization_id = tx.organization();
            conversations::insert(tx, conversation);
            return conversation.id;
        });
    }

    void hold_now(const ConversationId& id, ConversationStatus status, const Members& assignees, Assigned by) {
        write([&](WriteTx& tx) {
            Loads loads(tx, assignees);
            hold(tx, loads, conversations::get(tx, id), holders_in(tx, id), status, assignees, by);
        });
    }

    static Members holders_in(ReadTx& tx, const ConversationId& id) {
        Members members;
        for (const auto& assignment : assignments(tx, {id})) members.push_back(assignment.membership_id);
        return members;
    }
    Members holders(const ConversationId& id) {
        return read([&](ReadTx& tx) { return holders_in(tx, id); });
    }

    Load load(const MembershipId& member) {
        return write([&](WriteTx& tx) { return Loads(tx, {member}).of(member); });
    }

    // What `member_load` keeps, and what it should be.
    using Counts = std::map<std::string, std::int64_t>;
    Counts counts(Sql sql) {
        return read([&](ReadTx& tx) {
            Counts counts;
            for (auto& [member, open] : tx.all<std::tuple<std::string, std::int64_t>>(sql, tx.organization())) {
                counts[member] = open;
            }
            return counts;
        });
    }
    Counts kept() { return counts("SELECT membership_id, open FROM member_load WHERE organization_id = $1"); }
    Counts recounted() {
        return counts(
            "SELECT m.id, (SELECT count(*) FROM conversation_assignee AS a JOIN conversation AS c"
            " ON c.organization_id = a.organization_id AND c.id = a.conversation_id AND c.status <> 'RESOLVED'"
            " WHERE a.organization_id = m.organization_id AND a.membership_id = m.id)"
            " FROM membership AS m WHERE m.organization_id = $1");
    }
};

TEST_F(Holding, AnOpenConversationCountsForEachHolder) {
    const auto ana = add_member("ana");
    const auto bea = add_member("bea");
    const auto conversation = add_conversation();
    hold_now(conversation, ConversationStatus::unresolved, {ana, bea}, Assigned::by_hand);
    EXPECT_EQ(holders(conversation), (Members{ana, bea}));
    EXPECT_EQ(load(ana).open, 1);
    hold_now(conversation, ConversationStatus::unresolved, {bea}, Assigned::by_hand);
    EXPECT_EQ(holders(conversation), Members{bea});
    EXPECT_EQ(load(ana).open, 0);
    EXPECT_EQ(load(bea).open, 1);
}

TEST_F(Holding, AResolvedConversationCountsForNobodyUntilItIsReopened) {
    const auto ana = add_member("ana");
    const auto conversation = add_conversation();
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_hand);
    hold_now(conversation, ConversationStatus::resolved, {ana}, Assigned::by_hand);
    EXPECT_EQ(load(ana).open, 0);
    EXPECT_EQ(holders(conversation), Members{ana});
    hold_now(conversation, ConversationStatus::human_requested, {ana}, Assigned::by_hand);
    EXPECT_EQ(load(ana).open, 1);
}

TEST_F(Holding, OnlyAStepNotesTheTimeAndOnlyForNewHolders) {
    const auto ana = add_member("ana");
    const auto conversation = add_conversation();
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_hand);
    EXPECT_EQ(load(ana).last_assigned_at, std::nullopt);
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_step);
    EXPECT_EQ(load(ana).last_assigned_at, std::nullopt);
    hold_now(conversation, ConversationStatus::unresolved, {}, Assigned::by_hand);
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_step);
    EXPECT_EQ(load(ana).last_assigned_at, start);
}

TEST_F(Holding, ABatchSeesItsOwnAssignments) {
    const auto ana = add_member("ana");
    const auto first = add_conversation();
    const auto second = add_conversation();
    write([&](WriteTx& tx) {
        Loads loads(tx, {ana});
        for (const auto& id : {first, second}) {
            hold(tx, loads, conversations::get(tx, id), {}, ConversationStatus::unresolved, {ana}, Assigned::by_step);
        }
        EXPECT_EQ(loads.of(ana).open, 2);
    });
    EXPECT_EQ(load(ana).open, 2);
}

TEST_F(Holding, AssignmentsWithinOneInstantKeepTheirOrder) {
    const auto ana = add_member("ana");
    const auto bea = add_member("bea");
    const auto first = add_conversation();
    const auto second = add_conversation();
    write([&](WriteTx& tx) {
        Loads loads(tx, {ana, bea});
        hold(tx, loads, conversations::get(tx, first), {}, ConversationStatus::unresolved, {bea}, Assigned::by_step);
        hold(tx, loads, conversations::get(tx, second), {}, ConversationStatus::unresolved, {ana}, Assigned::by_step);
    });
    EXPECT_LT(load(bea).last_assigned_at, load(ana).last_assigned_at);
}

TEST_F(Holding, WritesNothingThatStaysTheSame) {
    const auto ana = add_member("ana");
    const auto conversation = add_conversation();
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_hand);
    clock.advance(seconds(1));
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_hand);
    const auto updated_at = read([&](ReadTx& tx) { return conversations::get(tx, conversation).updated_at; });
    EXPECT_EQ(updated_at, Time{});
    EXPECT_EQ(load(ana).open, 1);
}

TEST_F(Holding, AnAssignmentOfARemovedMemberIsLeftOut) {
    const auto ana = add_member("ana");
    const auto conversation = add_conversation();
    hold_now(conversation, ConversationStatus::unresolved, {ana}, Assigned::by_hand);
    write([&](WriteTx& tx) {
        auto member = lock(tx, ana);
        member.deleted_at = tx.now();
        save(tx, member);
    });
    EXPECT_TRUE(holders(conversation).empty());
}

TEST_F(Holding, LoadsStayEqualToTheCount) {
    Members members;
    for (const auto* name : {"ana", "bea", "cid", "dan"}) members.push_back(add_member(name));
    std::vector<ConversationId> all(6);
    std::ranges::generate(all, [&] { return add_conversation(); });
    constexpr int changes = 400;
    for (int change = 0; change < changes; ++change) {
        Members assignees;
        std::ranges::copy_if(members, std::back_inserter(assignees), [&](const auto&) { return random.below(3) == 0; });
        hold_now(all[random.below(all.size())], static_cast<ConversationStatus>(random.below(3)), assignees,
                 static_cast<Assigned>(random.below(2)));
    }
    EXPECT_EQ(kept(), recounted());
}

}  // namespace
}  // namespace etapa::people
