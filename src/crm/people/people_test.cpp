#include "crm/people/store.hpp"
#include "crm/test_crm.hpp"

namespace etapa::people {
namespace {

class People : public CrmTest {
protected:
    static Membership add_to(WriteTx& tx, const std::string& email, Joining how) {
        Membership wanted;
        wanted.email = {email};
        wanted.name = {"Ana"};
        return add(tx, wanted, how);
    }
    Membership add_member(const std::string& email, Joining how = Joining::accepted) {
        return write([&](WriteTx& tx) { return add_to(tx, email, how); });
    }
};

TEST_F(People, AnInvitedMemberIsNotEligible) {
    EXPECT_TRUE(add_member("ana@example.com").eligible());
    EXPECT_FALSE(add_member("bea@example.com", Joining::invited).eligible());
}

TEST_F(People, OnePersonMayBelongToTwoOrganizations) {
    const auto here = add_member("ana@example.com");
    const auto other = stranger();
    auto joining = [](WriteTx& tx) {
        organizations::create(tx, {"Other"});
        return add_to(tx, "ana@example.com", Joining::accepted);
    };
    const auto there = database().write_now(other, joining);
    EXPECT_EQ(here.user_id, there.user_id);
    EXPECT_NE(here.id, there.id);
}

TEST_F(People, AnotherOrganizationsMemberIsUnknown) {
    const auto here = add_member("ana@example.com");
    const auto other = stranger();
    auto looking = [&](ReadTx& tx) {
        EXPECT_FALSE(find(tx, here.id));
        EXPECT_FALSE(find_by_email(tx, here.email));
        EXPECT_TRUE(find_all(tx, {here.id}).empty());
        EXPECT_TRUE(list(tx).empty());
        EXPECT_THROW(get(tx, here.id), Problem);
    };
    database().read_now(other, looking);
}

TEST_F(People, ARemovedMemberIsGoneAndMayComeBack) {
    auto removed = add_member("ana@example.com");
    write([&](WriteTx& tx) {
        removed.deleted_at = tx.now();
        save(tx, removed);
    });
    read([&](ReadTx& tx) {
        EXPECT_FALSE(find(tx, removed.id));
        EXPECT_TRUE(find_all(tx, {removed.id}).empty());
        EXPECT_TRUE(list(tx).empty());
    });
    const auto back = add_member("ana@example.com");
    EXPECT_NE(back.id, removed.id);
    EXPECT_EQ(back.user_id, removed.user_id);
}

TEST_F(People, FindAllLeavesOutWhatDoesNotExist) {
    const auto ana = add_member("ana@example.com");
    const auto bea = add_member("bea@example.com");
    const auto found = read([&](ReadTx& tx) { return find_all(tx, {bea.id, {"nobody"}, ana.id}); });
    EXPECT_EQ(found.size(), 2);
}

}  // namespace
}  // namespace etapa::people
