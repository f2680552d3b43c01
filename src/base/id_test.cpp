#include "base/id.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace etapa {
namespace {

constexpr Time start{1'700'000'000'000};

TEST(IdMaker, MakesCuidLikeTexts) {
    SeededRandom random(1);
    IdMaker ids(random);
    const std::string id = ids.next(start);
    EXPECT_EQ(id.size(), 25U);
    EXPECT_EQ(id.front(), 'c');
    EXPECT_EQ(id.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
}

TEST(IdMaker, IdsSortByTheOrderInWhichTheyWereMade) {
    SeededRandom random(1);
    IdMaker ids(random);
    std::vector<std::string> made;
    for (int count = 0; count < 1'000; ++count) made.push_back(ids.next(start));
    made.push_back(ids.next(start - seconds(5)));  // a clock that was set back
    made.push_back(ids.next(start + Duration{1}));
    EXPECT_TRUE(std::ranges::is_sorted(made));
    EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), made.size());
}

TEST(IdMaker, TwoMakersDoNotMeet) {
    SeededRandom first_random(1);
    SeededRandom second_random(2);
    IdMaker first(first_random);
    IdMaker second(second_random);
    EXPECT_NE(first.next(start), second.next(start));
    EXPECT_LT(first.next(start), second.next(start + Duration{1}));
}

TEST(Id, AnyTextOfSaneLengthMayBeAskedFor) {
    using Any = Id<struct Thing>;
    EXPECT_EQ(Any::parse("x")->value, "x");
    EXPECT_EQ(Any::parse(std::string(100, 'x'))->value.size(), 100U);
    EXPECT_EQ(Any::parse("").error(), "must be an id");
    EXPECT_EQ(Any::parse(std::string(101, 'x')).error(), "must be an id");
}

}  // namespace
}  // namespace etapa
