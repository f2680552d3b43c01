#pragma once
// A server on the simulated disk, its clients, and what they were told is stored. When the server has to end, the power
// fails.

#include "support/disk.hpp"
#include "support/world.hpp"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace etapa::tests {

// What the server has acknowledged. Safe from any thread.
struct Acknowledged {
    std::mutex mutex;
    std::map<std::string, std::vector<std::string>> entries;   // conversation: the steps that it entered
    std::map<std::string, std::vector<std::string>> messages;  // conversation: what was written
    std::int64_t changes = 0;
};

class PoweredWorld {
public:
    PoweredWorld();

    // The power fails at the n-th change of the disk while so many clients work; what they were told.
    void work_until_power_cut(int clients, std::int64_t change, std::uint64_t seed, Acknowledged& acknowledged);

    // What of it the file does not hold, and what else is wrong with the file, in sentences.
    std::vector<std::string> losses(const Acknowledged& acknowledged) const;

    // What holds after each commit and does not hold here.
    std::vector<std::string> broken();

    Disk& disk;  // before the world, whose files it holds
    World world;

private:
    void live_one_conversation(Random& random, Acknowledged& acknowledged);

    std::mutex runner_;
    std::string first_;
    std::string second_;
    std::string timed_;
};

}  // namespace etapa::tests
