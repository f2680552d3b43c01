// The same new person comes in by many doors at once, and is one contact.
#include "flow/receive.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

namespace etapa::tests {
namespace {

constexpr int clients = 8;
constexpr int people = 12;

struct Door {
    const char* name;
    std::function<void(World&, const AgentId&, int person)> bring;
};

std::string phone(int person) { return "+55 11 9" + std::to_string(10'000'000 + person); }
std::string email(int person) { return "person" + std::to_string(person) + "@example.com"; }

void turn(World& world, const AgentId& agent, const Contact& end_user) {
    flow::Inbound inbound;
    inbound.channel = Channel::api;
    inbound.agent = agent;
    inbound.end_user = end_user;
    inbound.text = "Hello";
    auto receive = [&](WriteTx& tx) { flow::receive(tx, inbound); };
    world.database().write_now(world.caller(), receive);
}

void turn_by_phone(World& world, const AgentId& agent, int person) {
    Contact user;
    user.phone_number = ShortText{phone(person)};
    turn(world, agent, user);
}

void turn_by_external_id(World& world, const AgentId& agent, int person) {
    Contact user;
    user.external_id = ShortText{"crm-" + std::to_string(person)};
    turn(world, agent, user);
}

void upsert(World& world, const AgentId& /*agent*/, int person) {
    const auto body = R"({"phoneNumber":")" + phone(person) + R"(","email":")" + email(person) + R"("})";
    EXPECT_EQ(world.call("POST", "/contacts", body).status, 200);
}

void conversation_by_email(World& world, const AgentId& /*agent*/, int person) {
    world.conversation(R"("contact":{"email":")" + email(person) + R"("})");
}

std::int64_t contacts_of(World& world) {
    auto body = [](ReadTx& tx) {
        return tx.one<std::int64_t>("SELECT count(*) FROM contact WHERE organization_id = $1", tx.organization());
    };
    return world.database().read_now(world.caller(), body);
}

class NewPeople : public testing::TestWithParam<Door> {};

TEST_P(NewPeople, BecomeOneContactEach) {
    World world;
    const AgentId agent{world.good("POST", "/agents", R"({"name":"Bot"})").text("id")};
    {
        std::vector<std::jthread> threads;
        for (int client = 0; client < clients; ++client) {
            threads.emplace_back([&] {
                for (int person = 0; person < people; ++person) GetParam().bring(world, agent, person);
            });
        }
    }
    EXPECT_EQ(contacts_of(world), people);
}

INSTANTIATE_TEST_SUITE_P(, NewPeople,
                         testing::Values(Door{"TurnsByPhone", turn_by_phone},
                                         Door{"TurnsByExternalId", turn_by_external_id}, Door{"Upserts", upsert},
                                         Door{"ConversationsByEmail", conversation_by_email}),
                         [](const auto& info) { return info.param.name; });

// An address that many contacts want at once goes to one of them.
TEST(NewAddress, IsTakenByOneContact) {
    World world;
    std::vector<std::string> contacts;
    for (int client = 0; client < clients; ++client) {
        contacts.push_back(world.good("POST", "/contacts", R"({"firstName":"Ann"})").text("id"));
    }
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (const auto& id : contacts) {
            threads.emplace_back([&] {
                const auto answer = world.call("PATCH", "/contacts/" + id, R"({"email":"ann@example.com"})");
                if (answer.status == 200) ++taken;
            });
        }
    }
    EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace etapa::tests
