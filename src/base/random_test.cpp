#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace etapa {
namespace {

TEST(Random, ASeedRepeatsItself) {
    std::array<std::byte, 19> first{};
    std::array<std::byte, 19> second{};
    SeededRandom(7).fill(first);
    SeededRandom(7).fill(second);
    EXPECT_EQ(first, second);
    SeededRandom(8).fill(second);
    EXPECT_NE(first, second);
}

TEST(Random, TheSystemFillsEveryByte) {
    SystemRandom random;
    std::vector<std::byte> seen(1'000);
    for (int round = 0; round < 8; ++round) {
        std::vector<std::byte> drawn(seen.size());
        random.fill(drawn);
        for (std::size_t at = 0; at < seen.size(); ++at) seen[at] |= drawn[at];
    }
    EXPECT_EQ(std::ranges::count(seen, std::byte{0}), 0);
}

TEST(Random, BelowReachesAllValuesAndNoOther) {
    SeededRandom random(1);
    std::array<int, 7> counts{};
    for (int draw = 0; draw < 7'000; ++draw) ++counts.at(random.below(counts.size()));
    EXPECT_GT(std::ranges::min(counts), 850);
    EXPECT_EQ(random.below(1), 0);
}

// Just above half the range, every second draw has to be thrown away.
TEST(Random, BelowHoldsForHugeBounds) {
    SeededRandom random(1);
    const std::uint64_t bound = (std::uint64_t{1} << 63U) + 1;
    for (int draw = 0; draw < 100; ++draw) EXPECT_LT(random.below(bound), bound);
}

}  // namespace
}  // namespace etapa
