#include "db/test_database.hpp"

namespace etapa::db {
namespace {

class Rows : public TestDatabase {
protected:
    static Card card(std::string id, std::int64_t position) {
        Card made;
        made.organization_id = {"org"};
        made.id = {std::move(id)};
        made.name = {"Name"};
        made.position = position;
        made.created_at = start;
        return made;
    }

    void store(const Card& stored) {
        write([&](WriteTx& tx) { tx.insert("card", stored); });
    }
    std::optional<Card> find(std::string_view id) {
        return read([&](ReadTx& tx) {
            return tx.first<Card>("SELECT {columns} FROM card WHERE organization_id = $1 AND id = $2",
                                  tx.organization(), id);
        });
    }
};

TEST_F(Rows, AnEntityComesBackAsItWasStored) {
    Card full = card("a", 7);
    full.remark = "line\none \"two\" ü";
    full.labels = {"x", "y \"z\""};
    full.size = Size{3, 4};
    full.mood = Mood::upset;
    full.is_open = false;
    full.weight = 0.1;
    full.extra = {R"({"a":[1,2]})"};
    store(full);
    EXPECT_EQ(find("a"), full);
}

TEST_F(Rows, AnAbsentMemberIsNullAndAnEmptyTextIsNot) {
    Card empty = card("a", 0);
    store(empty);
    EXPECT_EQ(find("a"), empty);
    empty.id = {"b"};
    empty.remark = "";
    store(empty);
    EXPECT_EQ(find("b"), empty);
}

TEST_F(Rows, UpdateStoresEveryColumnOfOneRow) {
    store(card("a", 1));
    store(card("b", 2));
    Card changed = card("a", 9);
    changed.labels = {"new"};
    write([&](WriteTx& tx) { tx.update("card", changed); });
    EXPECT_EQ(find("a"), changed);
    EXPECT_EQ(find("b"), card("b", 2));
}

TEST_F(Rows, AnUnknownRowIsEmpty) { EXPECT_EQ(find("nobody"), std::nullopt); }

TEST_F(Rows, RunCountsTheChangedRows) {
    store(card("a", 1));
    store(card("b", 2));
    const auto changed = [&](std::int64_t above) {
        return write([&](WriteTx& tx) { return tx.run("UPDATE card SET position = 0 WHERE position > $1", above); });
    };
    EXPECT_EQ(changed(0), 2);
    EXPECT_EQ(changed(0), 0);
    EXPECT_EQ(write([](WriteTx& tx) { return tx.run("SELECT 1"); }), 0);
}

TEST_F(Rows, BytesComeBackAsTheyWereStored) {
    const std::string odd("\0\xff'\n\0", 5);
    add_entry("file");
    write([&](WriteTx& tx) {
        tx.run("INSERT INTO link (number, entry, content) VALUES (1, 1, $1), (2, 1, $2)", Bytes{odd}, Bytes{});
    });
    const auto contents = read([](ReadTx& tx) { return tx.all<Bytes>("SELECT content FROM link ORDER BY number"); });
    EXPECT_EQ(contents, (std::vector<Bytes>{{odd}, {}}));
}

TEST_F(Rows, TuplesAreReadColumnByColumn) {
    store(card("a", 5));
    using Row = std::tuple<std::string, std::int64_t, std::optional<std::string>, Mood>;
    const auto rows = read([](ReadTx& tx) { return tx.all<Row>("SELECT id, position, remark, mood FROM card"); });
    EXPECT_EQ(rows, (std::vector<Row>{{"a", 5, std::nullopt, Mood::calm}}));
}

TEST_F(Rows, ParametersAreBoundByTheirNumber) {
    const auto row = read([](ReadTx& tx) {
        return tx.one<std::tuple<std::string, std::int64_t, std::string>>("SELECT $2, $1 + 1, $2", 1, "two");
    });
    EXPECT_EQ(row, std::make_tuple("two", 2, "two"));
}

TEST_F(Rows, AQueryFiltersByWhatIsThere) {
    for (int position = 0; position < 5; ++position)
        store(card(std::string(1, static_cast<char>('a' + position)), position));
    const auto ids = [&](std::optional<std::int64_t> from, const std::vector<std::string>& among) {
        return read([&](ReadTx& tx) {
            Query query("SELECT id FROM card WHERE organization_id = ");
            query.add("", tx.organization())
                .add_if(" AND position >= ", from)
                .add_list(" AND id IN", among)
                .add(" ORDER BY id");
            return tx.all<std::string>(query);
        });
    };
    using Ids = std::vector<std::string>;
    EXPECT_EQ(ids(std::nullopt, {"a", "c", "e"}), (Ids{"a", "c", "e"}));
    EXPECT_EQ(ids(2, {"a", "c", "e"}), (Ids{"c", "e"}));
    EXPECT_EQ(ids(std::nullopt, {}), Ids{});
}

TEST_F(Rows, LockTokensAreReplaced) {
    store(card("a", 1));
    EXPECT_EQ(write([](WriteTx& tx) { return tx.one<std::string>("SELECT id FROM card {for_update} {skip_locked}"); }),
              "a");
}

struct Pair {
    Card left;
    std::optional<Size> right;
    std::string last;

    static consteval auto fields() {
        return describe(spread(&Pair::left, "l"), spread(&Pair::right, "r"), field("last", &Pair::last, "After both."));
    }
};

TEST_F(Rows, SpreadStructsStandAmongTheOthers) {
    EXPECT_EQ(column_list<Pair>().substr(0, 26), "l.organization_id, l.id, l");
    EXPECT_TRUE(column_list<Pair>().ends_with("l.created_at, r.width, r.height, last"));
    store(card("a", 1));
    store(card("b", 2));
    const auto pairs = read([](ReadTx& tx) {
        return tx.all<Pair>(
            "SELECT {columns} FROM card l LEFT JOIN (SELECT 'b' AS id, 3 AS width, 4 AS height) r "
            "ON r.id = l.id CROSS JOIN (SELECT 'z' AS last) AS ends ORDER BY l.id");
    });
    ASSERT_EQ(pairs.size(), 2U);
    EXPECT_EQ(pairs[0].left, card("a", 1));
    EXPECT_EQ(pairs[0].right, std::nullopt);
    EXPECT_EQ(pairs[0].last, "z");
    EXPECT_EQ(pairs[1].right, (Size{3, 4}));
    EXPECT_EQ(pairs[1].last, "z");
}

TEST_F(Rows, ManyDifferentStatementsStayWithinTheCache) {
    settings.body_time_max = std::chrono::minutes(1);
    read([](ReadTx& tx) {
        for (std::int64_t size = 1; size <= 700; ++size) {
            Query query("SELECT count(*) WHERE 1 = 1");
            for (std::int64_t count = 0; count < size % 700; ++count) query.add(" + 0");
            EXPECT_EQ(tx.one<std::int64_t>(query), 1);
            EXPECT_EQ(tx.one<std::int64_t>("SELECT 7"), 7);
        }
    });
}

struct NameCase {
    std::string_view camel;
    std::string_view snake;
};

TEST(SnakeCase, FollowsTheJsonName) {
    for (const auto& [camel, snake] : {NameCase{"id", "id"}, NameCase{"defaultAiControl", "default_ai_control"},
                                       NameCase{"zapi", "zapi"}, NameCase{"a1B", "a1_b"}}) {
        EXPECT_EQ(snake_case(camel), snake);
    }
}

}  // namespace
}  // namespace etapa::db
