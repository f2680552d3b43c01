#pragma once
// What the tests of conversations share. For tests only.

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <map>

namespace etapa::api {

using tests::Answer;
using tests::World;

using Names = std::map<std::string, std::string, std::less<>>;  // id by name

// Replaces `{name}` by the id of that name.
inline std::string expanded(std::string text, const Names& ids) {
    for (const auto& [name, id] : ids) {
        const auto mark = '{' + name + '}';
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
            text.replace(at, mark.size(), id);
    }
    return text;
}

inline std::vector<std::string> ids_of(const Answer& list) {
    std::vector<std::string> ids;
    EXPECT_TRUE(list.json.is_array()) << list.body;
    if (!list.json.is_array()) return ids;
    for (const auto& row : list.json.get_array()) ids.emplace_back(row.at("id").get_string());
    return ids;
}

inline void change(World& world, std::string_view conversation, Sql statement) {
    auto body = [&](WriteTx& tx) { return tx.run(statement, tx.organization(), conversation); };
    EXPECT_EQ(world.database().write_now(world.caller(), body), 1);
}

}  // namespace etapa::api
