#include "crm/events/position.hpp"

#include <gtest/gtest.h>

namespace etapa::events {
namespace {

TEST(EventPosition, ComesBackFromItsText) {
    const Position position{.epoch = 2, .transaction = 7'000'000'000, .sequence = 12};
    EXPECT_EQ(position.text(), "p2.7000000000.12");
    EXPECT_EQ(Position::parse(position.text()), position);
}

TEST(EventPosition, CursorsFromBeforeThereWereEpochsGoOn) {
    EXPECT_EQ(Position::parse("p12"), (Position{.epoch = 1, .transaction = 0, .sequence = 12}));
}

TEST(EventPosition, OtherTextsAreNone) {
    for (const auto* text :
         {"", "p", "12", "p1.2", "p1.2.3.4", "p1..3", "p1.2.x", "p-1", "p1.2.-3", "p1.2.3 ", "p99999999999999999999"}) {
        EXPECT_EQ(Position::parse(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace etapa::events
