// Edits of steps and scenarios that name the version they were made from.
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace etapa::tests {
namespace {

class Versions : public testing::Test {
protected:
    Answer send(std::string_view version, std::string_view method, std::string_view target, std::string_view body) {
        auto request = World::request(world.key(), method, target, body);
        request.headers.emplace_back("if-match", version);
        return world.send(request);
    }

    // A request that changes or deletes something, and where to read it.
    struct Edit {
        std::string method;
        std::string target;
        std::string body;
        std::string read;
    };
    std::vector<Edit> edits() {
        const auto scenario = world.scenario();
        const auto step = world.step(scenario, "New");
        const auto other = world.scenario("Other");
        const auto path = "/crm/scenario/" + scenario;
        return {{"PUT", "/crm/step", R"({"id":")" + step + R"(","prompt":"B"})", "/crm/step/" + step},
                {"DELETE", "/crm/step", R"({"id":")" + step + R"("})", "/crm/step/" + step},
                {"PUT", "/crm/scenario", R"({"id":")" + scenario + R"(","name":"B"})", path},
                {"PATCH", path, R"({"name":"C"})", path},
                {"DELETE", "/crm/scenario", R"({"id":")" + scenario + R"("})", path},
                {"DELETE", "/crm/scenario/" + other, "", "/crm/scenario/" + other}};
    }

    World world;
};

TEST_F(Versions, AnOldOneIsRefusedAndNothingChanges) {
    for (const auto& edit : edits()) {
        const auto before = world.good("GET", edit.read).body;
        for (const auto* version :
             {"2020-01-01T00:00:00.000Z", "\"2020-01-01T00:00:00.000Z\"", "nonsense", "\"\"", ""}) {
            const auto answer = send(version, edit.method, edit.target, edit.body);
            EXPECT_EQ(answer.status, 412) << edit.method << ' ' << edit.target << ' ' << version;
            EXPECT_EQ(answer.text("code"), "precondition_failed");
        }
        EXPECT_EQ(world.good("GET", edit.read).body, before);
        world.good(edit.method, edit.target, edit.body);
    }
}

TEST_F(Versions, TheCurrentOneIsTakenBareOrQuoted) {
    for (const auto& quote : {"", "\""}) {
        for (const auto& edit : edits()) {
            const auto version = quote + world.good("GET", edit.read).text("updatedAt") + quote;
            EXPECT_EQ(send(version, edit.method, edit.target, edit.body).status, 200) << edit.method << edit.target;
        }
    }
}

TEST_F(Versions, OfSeveralWritersWithTheSameOneWins) {
    const auto step = world.step(world.scenario(), "New");
    for (int round = 0; round < 10; ++round) {
        const auto version = world.good("GET", "/crm/step/" + step).text("updatedAt");
        std::vector<int> statuses(8);
        {
            std::vector<std::jthread> writers;
            for (std::size_t number = 0; number < statuses.size(); ++number) {
                writers.emplace_back([&, number] {
                    const auto body = R"({"id":")" + step + R"(","prompt":")" + std::to_string(round) + '.' +
                                      std::to_string(number) + R"("})";
                    statuses[number] = send(version, "PUT", "/crm/step", body).status;
                });
            }
        }
        EXPECT_EQ(std::ranges::count(statuses, 200), 1) << "the clock stands still: updatedAt has to grow by itself";
        EXPECT_EQ(std::ranges::count(statuses, 412), 7);
    }
}

}  // namespace
}  // namespace etapa::tests
