#include "crm/order.hpp"

#include "crm/test_crm.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

class IdsBehind : public CrmTest {
protected:
    std::string behind(std::string_view last) {
        std::string id;
        write([&](WriteTx& tx) { id = id_behind(tx, last); });
        return id;
    }
    std::string made_at(Time time) {
        SeededRandom random(3);
        return IdMaker(random).next(time);
    }
};

TEST_F(IdsBehind, SortBehindWhatANodeWithAClockAheadHasMade) {
    for (const auto ahead : {seconds(-5), Duration{0}, Duration{1}, seconds(7'200)}) {
        const auto other = made_at(clock.now() + ahead);
        const auto id = behind(other);
        EXPECT_GT(id, other) << ahead.milliseconds;
        EXPECT_EQ(id.size(), other.size());
    }
}

TEST_F(IdsBehind, AreOrdinaryWhereNothingIsAhead) {
    const auto first = behind("");
    EXPECT_LT(first, behind(first));
    EXPECT_EQ(first.substr(0, 10), behind(made_at(clock.now() - seconds(1))).substr(0, 10)) << "the same millisecond";
}

TEST_F(IdsBehind, FollowNoIdOfAnotherProgram) {
    for (const auto* other : {"zzz", "czzzzzzzz-zzzzzzzzzzzzzzz"}) EXPECT_EQ(behind(other).size(), 25U);
}

}  // namespace
}  // namespace etapa
