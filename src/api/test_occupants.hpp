#pragma once
// Very many conversations in one step, made in few transactions. For tests only.

#include "crm/conversations/store.hpp"
#include "flow/enter.hpp"
#include "support/invariants.hpp"
#include "support/world.hpp"

#include <string>
#include <vector>

namespace etapa::api {

inline std::vector<ConversationId> add_conversations(WriteTx& tx, int count) {
    std::vector<ConversationId> ids;
    for (int made = 0; made < count; ++made) {
        Conversation conversation;
        conversation.id = tx.new_id<ConversationId>();
        conversation.organization_id = tx.organization();
        conversation.created_at = tx.now();
        conversation.updated_at = tx.now();
        conversations::insert(tx, conversation);
        ids.push_back(conversation.id);
    }
    return ids;
}

// Puts `count` new conversations into the step, the last one last.
inline std::vector<ConversationId> occupy(tests::World& world, const std::string& step, int count) {
    constexpr int batch = 200;
    std::vector<ConversationId> all;
    for (int made = 0; made < count; made += batch) {
        auto fill = [&](WriteTx& tx) {
            const auto ids = add_conversations(tx, std::min(batch, count - made));
            std::vector<flow::Entry> entries;
            for (const auto& id : ids) {
                entries.push_back({.conversation = id, .target = {step}, .cause = Cause::api_add});
            }
            flow::enter(tx, entries);
            return ids;
        };
        const auto ids = world.database().write_now(world.caller(), fill);
        all.insert(all.end(), ids.begin(), ids.end());
    }
    return all;
}

// The rows of `table WHERE condition` of all organizations.
inline std::int64_t count_rows(ReadTx& tx, Sql table_and_condition) {
    Query query("SELECT count(*) FROM ");
    query.add(table_and_condition);
    return tx.one<std::int64_t>(query);
}

inline std::int64_t count_rows(tests::World& world, Sql table_and_condition) {
    auto count = [&](ReadTx& tx) { return count_rows(tx, table_and_condition); };
    return world.database().read_now(world.caller(), count);
}

inline std::vector<std::string> broken_invariants(tests::World& world) {
    auto check = [](ReadTx& tx) { return tests::broken_invariants(tx); };
    return world.database().read_now(world.caller(), check);
}

}  // namespace etapa::api
