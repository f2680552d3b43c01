// Months in seconds: whatever people, clocks and power do in whatever order, what must always hold holds, and the
// events tell what happened. ETAPA_SEED=n repeats the life n alone.
#include "support/simulation.hpp"

#include "support/run.hpp"
#include "support/shrink.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <memory>

namespace etapa::tests {
namespace {

constexpr int operations_per_life = 250;

// A life that went wrong, made as short as possible.
std::string shortest(const std::vector<Operation>& failing) {
    constexpr int tries_max = 300;
    const auto fails = [](const std::vector<Operation>& fewer) { return Simulation().run(fewer).has_value(); };
    const auto few = shrink(failing, fails, tries_max);
    return in_words(few) + Simulation().run(few).value_or("(and now it is right)");
}

class Lives : public testing::Test {
protected:
    void live(std::uint64_t seed) {
        SCOPED_TRACE("ETAPA_SEED=" + std::to_string(seed));
        const auto operations = operations_of(seed, operations_per_life);
        Simulation simulation;
        const auto wrong = simulation.run(operations);
        ASSERT_FALSE(wrong) << *wrong << "\nthe shortest list of operations that still goes wrong:\n"
                            << shortest(operations);
        ++lives_;
        events_ += simulation.events();
        outside_.add(simulation.outside());
        days_ += static_cast<double>(simulation.passed().milliseconds) / 86'400'000.0;
    }

    void live_for(std::chrono::seconds span, std::uint64_t first_seed) {
        const auto end = std::chrono::steady_clock::now() + span;
        for (auto seed = first_seed; std::chrono::steady_clock::now() < end && !HasFatalFailure(); ++seed) live(seed);
        std::cout << "figure: " << lives_ << " simulated lives from seed " << first_seed << " on, "
                  << lives_ * operations_per_life << " operations, " << events_ << " events, "
                  << static_cast<int>(days_ / 30) << " months, " << outside_.heard << " messages of customers, "
                  << outside_.sent << " sent, " << outside_.told << " deliveries taken and " << outside_.refused
                  << " refused, " << outside_.lost_leases << " leases lost, nothing wrong\n";
    }

    static std::chrono::seconds span() { return std::chrono::seconds(is_long() ? 330 : 10); }

private:
    int lives_ = 0;
    std::int64_t events_ = 0;
    Simulation::Outside outside_;
    double days_ = 0;
};

TEST_F(Lives, KnownOnesGoRight) {
    if (const auto seed = wished_seed()) return live(*seed);
    live_for(span(), 1);
}

TEST_F(Lives, UnknownOnesGoRight) {
    SystemRandom random;
    live_for(span(), 1'000'000 + random.below(1'000'000'000));
}

TEST(Shrinking, FindsTheFewThatMatter) {
    std::vector<int> numbers;
    for (int number = 0; number < 100; ++number) numbers.push_back(number);
    const auto fails = [](const std::vector<int>& some) {
        return std::ranges::count(some, 7) == 1 && std::ranges::count(some, 61) == 1;
    };
    EXPECT_EQ(shrink(numbers, fails, 1'000), (std::vector{7, 61}));
}

}  // namespace
}  // namespace etapa::tests
