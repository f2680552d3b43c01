#include "crm/conversations/store.hpp"
#include "crm/tags/store.hpp"
#include "crm/test_crm.hpp"

namespace etapa::tags {
namespace {

class Tags : public CrmTest {
protected:
    Tags() {
        write([&](WriteTx& tx) {
            Conversation conversation;
            conversation.id = id;
            conversation.organization_id = tx.organization();
            conversations::insert(tx, conversation);
        });
    }
    void change_tags(const std::vector<std::string>& removed, const std::vector<std::string>& added) {
        write([&](WriteTx& tx) { change(tx, id, removed, added); });
    }
    std::vector<std::string> tags_now() {
        std::vector<std::string> tags;
        for (const auto& row : read([&](ReadTx& tx) { return of(tx, {id}); })) tags.push_back(row.tag);
        return tags;
    }
    std::vector<std::string> listed() {
        return read([](ReadTx& tx) {
            return tx.all<std::string>("SELECT name FROM tag WHERE organization_id = $1 ORDER BY name",
                                       tx.organization());
        });
    }

    ConversationId id{"c1"};
};

TEST_F(Tags, AddingTwiceAddsOnce) {
    change_tags({}, {"vip", "vip"});
    change_tags({}, {"vip"});
    EXPECT_EQ(tags_now(), std::vector<std::string>{"vip"});
}

TEST_F(Tags, ATagJoinsTheListWhenFirstUsedAndStaysThere) {
    change_tags({}, {"vip"});
    change_tags({"vip", "absent"}, {});
    EXPECT_TRUE(tags_now().empty());
    EXPECT_EQ(listed(), std::vector<std::string>{"vip"});
}

TEST_F(Tags, RemovalComesBeforeAddition) {
    change_tags({}, {"old", "both"});
    change_tags({"old", "both"}, {"both", "new"});
    EXPECT_EQ(tags_now(), (std::vector<std::string>{"both", "new"}));
}

}  // namespace
}  // namespace etapa::tags
