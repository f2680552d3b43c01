#include "support/world.hpp"

#include <gtest/gtest.h>

namespace etapa::api {
namespace {

using tests::World;

TEST(OrganizationApi, ShowsTheOrganizationOfTheKey) {
    World world;
    const auto answer = world.call("GET", "/organization");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body,
              R"({"id":")" + world.organization().value + R"(","name":"Acme","createdAt":"2026-03-01T09:00:00.000Z"})");
    const auto other = world.call_as(world.second_organization_key(), "GET", "/organization");
    EXPECT_EQ(other.text("name"), "Rival");
}

TEST(OrganizationApi, NeedsAKey) {
    World world;
    EXPECT_EQ(world.call_as("", "GET", "/organization").status, 401);
    EXPECT_EQ(world.call_as("etapa_wrong", "GET", "/organization").status, 401);
}

}  // namespace
}  // namespace etapa::api
