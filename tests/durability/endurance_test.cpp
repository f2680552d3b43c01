// A day of load: what is not data does not grow. Conversations come, move, talk and are deleted all day; at its end the
// process holds no more memory than the larger database explains, and each event costs the file as much as in the
// morning.
#include "support/run.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <iostream>

// Of the sanitizer with which the tests are built.
// NOLINTNEXTLINE(readability-identifier-naming): the name is the sanitizer's
extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace etapa::tests {
namespace {

struct Figures {
    double memory_bytes = 0;
    double file_bytes = 0;
    double log_bytes = 0;
    double events = 0;
};

class Endurance : public testing::Test {
protected:
    void live_one_conversation() {
        const auto id = world.conversation(R"("channel":"website","contact":{"email":"ana@x.example"})");
        world.place(id, timed);
        world.good("POST", "/conversations/" + id + "/message-register", R"({"message":"Hello, what is the price?"})");
        world.good("POST", "/conversations/" + id + "/tags", R"({"tagName":"vip"})");
        world.pass(seconds(1));
        world.move(id, last);
        world.good("POST", "/conversation/message/conversationId/" + id, R"({"message":"Ten"})");
        world.good("GET", "/conversation/" + id + "/messages/10000");
        world.good("DELETE", "/conversation/" + id);
    }

    Figures now() {
        auto count = [](ReadTx& tx) {
            return tx.one<std::int64_t>("SELECT count(*) FROM event WHERE organization_id = $1", tx.organization());
        };
        Figures figures;
        figures.events = static_cast<double>(world.database().read_now(world.caller(), count));
        figures.file_bytes = static_cast<double>(std::filesystem::file_size(world.file()));
        figures.log_bytes = static_cast<double>(std::filesystem::file_size(world.file() + "-wal"));
        if (__sanitizer_get_current_allocated_bytes != nullptr) {
            figures.memory_bytes = static_cast<double>(__sanitizer_get_current_allocated_bytes());
        }
        return figures;
    }

    World world;
    std::string sales = world.scenario();
    std::string last = world.step(sales, "Last");
    std::string timed = world.step(sales, "Timed", R"("autoNextTime":600,"autoNextStepId":")" + last + '"');
};

TEST_F(Endurance, OfADayLetsNothingGrowBesideTheData) {
    constexpr double megabyte = 1'048'576;
    constexpr double log_bytes_max = 160 * megabyte;  // it begins again at 125 (db/checkpointer.cpp)
    const int conversations_an_hour = is_long() ? 600 : 12;
    std::vector<Figures> hours;
    for (int hour = 0; hour < 24; ++hour) {
        for (int made = 0; made < conversations_an_hour; ++made) {
            live_one_conversation();
            world.pass(seconds(3'600 / conversations_an_hour));
        }
        hours.push_back(now());
    }
    const auto& morning = hours.at(7);
    const auto& evening = hours.back();
    const double file_growth = evening.file_bytes - morning.file_bytes;
    // The caches of the database may hold what the file has more.
    EXPECT_LE(evening.memory_bytes - morning.memory_bytes, file_growth + evening.log_bytes + megabyte);
    EXPECT_LE(evening.file_bytes / evening.events, morning.file_bytes / morning.events * 1.2);
    EXPECT_LE(evening.log_bytes, log_bytes_max);
    std::cout << "figure: a day of " << 24 * conversations_an_hour << " conversations, " << evening.events
              << " events; "
              << "memory grew by " << (evening.memory_bytes - morning.memory_bytes) / megabyte << " MB and the file by "
              << file_growth / megabyte << " MB from the eighth hour to the last\n";
}

}  // namespace
}  // namespace etapa::tests
