#include "crm/conversations/page.hpp"
#include "crm/conversations/store.hpp"
#include "crm/conversations/view.hpp"
#include "crm/test_crm.hpp"
#include "db/sqlite.hpp"

namespace etapa::conversations {
namespace {

TEST(ConversationCursor, ReadsWhatItWrites) {
    const auto cursor = Cursor::parse(Cursor{{1'771'596'900'123}, {"c1"}}.text());
    ASSERT_TRUE(cursor);
    EXPECT_EQ(cursor->created_at, Time{1'771'596'900'123});
    EXPECT_EQ(cursor->id, ConversationId{"c1"});
}

TEST(ConversationCursor, RefusesAnythingElse) {
    for (const std::string_view text :
         {"", "c1", "[]", "{}", R"({"lastId":"c1"})", R"({"lastCreatedAt":"2026-02-20T14:15:00.000Z"})",
          R"({"lastCreatedAt":"yesterday","lastId":"c1"})", R"({"lastCreatedAt":1771596900123,"lastId":"c1"})",
          R"({"lastCreatedAt":"2026-02-20T14:15:00.000Z","lastId":""})"}) {
        EXPECT_FALSE(Cursor::parse(text)) << text;
    }
}

// Passes statements on and keeps how SQLite runs each.
class WatchedConnection final : public db::Connection {
public:
    explicit WatchedConnection(const std::string& file) : connection_(file, db::Access::read) {}

    std::int64_t run(db::Statement statement, std::span<const db::Value> parameters, db::RowSink each) override {
        std::string plan;
        auto keep = [&](const db::Row& row) { plan += std::string(row.text(3)) + '\n'; };
        const auto question = "EXPLAIN QUERY PLAN " + std::string(statement.text);
        connection_.run({question, db::Statement::Lifetime::call}, parameters, keep);
        plans.push_back(plan);
        return connection_.run(statement, parameters, each);
    }
    void defer(db::Statement statement, std::span<const db::Value> parameters) override {
        connection_.defer(statement, parameters);
    }
    std::int64_t data_version() override { return connection_.data_version(); }

    std::vector<std::string> plans;

private:
    db::SqliteConnection connection_;
};

class ConversationReads : public CrmTest {
protected:
    std::vector<Conversation> store(int count) {
        return write([&](WriteTx& tx) {
            std::vector<Conversation> stored(static_cast<std::size_t>(count));
            for (auto& conversation : stored) {
                conversation.id = tx.new_id<ConversationId>();
                conversation.organization_id = tx.organization();
                conversation.created_at = tx.now();
                conversation.updated_at = tx.now();
                insert(tx, conversation);
            }
            return stored;
        });
    }

    std::vector<std::string> plans_of(const std::function<void(ReadTx&)>& body) {
        WatchedConnection connection(directory.file("test.db"));
        db::Instants instants(clock);
        ReadTx tx(connection, caller, instants);
        body(tx);
        return connection.plans;
    }
};

using SqliteConversationReads = ConversationReads;

TEST_F(ConversationReads, StoredConversationsComeBackInOrderOfTheirIdsWhenLocked) {
    const auto stored = store(3);
    const auto ids = write([&](WriteTx& tx) {
        std::vector<ConversationId> locked;
        const std::vector<ConversationId> wanted{stored[2].id, {"unknown"}, stored[0].id, stored[1].id};
        for (const auto& conversation : lock_all(tx, wanted)) locked.push_back(conversation.id);
        return locked;
    });
    EXPECT_EQ(ids, (std::vector<ConversationId>{stored[0].id, stored[1].id, stored[2].id}));
}

TEST_F(ConversationReads, SavingAnEntryLeavesStatusToOthers) {
    auto conversation = store(1).front();
    conversation.status = ConversationStatus::resolved;
    conversation.priority = Priority::high;
    conversation.is_ai_enabled = false;
    conversation.entry_seq = 4;
    write([&](WriteTx& tx) { save_entry(tx, conversation); });
    const auto saved = read([&](ReadTx& tx) { return get(tx, conversation.id); });
    EXPECT_EQ(saved.status, ConversationStatus::unresolved);
    EXPECT_EQ(saved.priority, Priority::high);
    EXPECT_FALSE(saved.is_ai_enabled);
    EXPECT_EQ(saved.entry_seq, 4);
}

TEST_F(SqliteConversationReads, PagesAreReadInTheOrderOfAnIndex) {
    store(3);
    Wanted all;
    Wanted of_agent;
    of_agent.agent_id = "agent";
    Wanted narrow;
    narrow.agent_id = "null";
    narrow.created_at = start;
    narrow.status = ConversationStatus::unresolved;
    narrow.assignee_id = "unassigned";
    narrow.tag = "vip";
    narrow.crm_scenario_id = ScenarioId{"scenario"};
    narrow.cursor = Cursor{start, {"c"}};
    for (const auto& wanted : {all, of_agent, narrow}) {
        const auto plans = plans_of([&](ReadTx& tx) { page(tx, wanted); });
        ASSERT_EQ(plans.size(), 1);
        EXPECT_NE(plans[0].find("INDEX conversation_by_"), std::string::npos) << plans[0];
        EXPECT_EQ(plans[0].find("TEMP B-TREE"), std::string::npos) << plans[0];
        EXPECT_EQ(plans[0].find("SCAN"), std::string::npos) << plans[0];
    }
}

TEST_F(SqliteConversationReads, APageOfAHundredTakesAsManyStatementsAsOneOfTwo) {
    const auto stored = store(100);
    const auto few = plans_of([&](ReadTx& tx) { views(tx, {stored[0], stored[1]}); });
    const auto many = plans_of([&](ReadTx& tx) { views(tx, stored); });
    EXPECT_EQ(few.size(), many.size());
    EXPECT_LE(many.size(), 12);
}

}  // namespace
}  // namespace etapa::conversations
