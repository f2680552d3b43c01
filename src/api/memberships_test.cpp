#include "support/world.hpp"

#include <gtest/gtest.h>

namespace etapa::api {
namespace {

using tests::World;
using Types = std::vector<std::string>;

// A world with an owner (`owner@acme.example`) and a member Ana, whose events were taken already.
class MembershipsApi : public testing::Test {
protected:
    MembershipsApi() : ana(world.member("ana@acme.example")) { world.new_events(); }

    std::string owner() { return world.good("GET", "/memberships").text("0.id"); }
    std::string path(const std::string& id) { return "/memberships/" + id; }

    World world;
    std::string ana;
};

struct BadMember {
    std::string name;
    std::string body;
    std::vector<std::string> paths;
};

class MembershipRefused : public MembershipsApi, public testing::WithParamInterface<BadMember> {};

TEST_P(MembershipRefused, NamesEveryBadFieldAndChangesNothing) {
    const auto answer = world.call("POST", "/memberships", GetParam().body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.bad_fields(), GetParam().paths);
    EXPECT_EQ(world.new_events(), Types{});
}

INSTANTIATE_TEST_SUITE_P(
    , MembershipRefused,
    testing::ValuesIn(std::vector<BadMember>{
        {.name = "WithoutAnything", .body = "{}", .paths = {"email", "role"}},
        {.name = "WithNoAddress", .body = R"({"email":"ana","role":"USER"})", .paths = {"email"}},
        {.name = "WithUnknownRole", .body = R"({"email":"b@acme.example","role":"BOSS"})", .paths = {"role"}},
        {.name = "WithEverythingWrong",
         .body = R"({"email":5,"name":" ","role":null,"invite":"perhaps"})",
         .paths = {"email", "name", "role", "invite"}},
    }),
    [](const auto& info) { return info.param.name; });

TEST_F(MembershipsApi, ListIsABareArrayOldestFirst) {
    const auto answer = world.good("GET", "/memberships");
    ASSERT_TRUE(answer.json.is_array());
    ASSERT_EQ(answer.json.as_array().size(), 2);
    EXPECT_EQ(answer.text("0.role"), "OWNER");
    EXPECT_EQ(answer.text("1.id"), ana);
    Types names;
    for (const auto& member : answer.json.as_array()[1].as_object()) names.emplace_back(member.key());
    EXPECT_EQ(names,
              (Types{"id", "userId", "email", "name", "role", "disabled", "acceptedAt", "createdAt", "updatedAt"}));
}

TEST_F(MembershipsApi, AMemberIsAcceptedAtOnce) {
    const auto answer =
        world.call("POST", "/memberships", R"({"email":"Bea@Acme.Example","name":"Bea","role":"ADMIN"})");
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.text("email"), "bea@acme.example");
    EXPECT_EQ(answer.text("name"), "Bea");
    EXPECT_EQ(answer.text("role"), "ADMIN");
    EXPECT_EQ(answer.at("disabled"), false);
    EXPECT_EQ(answer.text("acceptedAt"), "2026-03-01T09:00:00.000Z");
    EXPECT_EQ(world.new_events(), Types{"membership.created"});
}

TEST_F(MembershipsApi, AnInvitationIsPending) {
    const auto answer = world.call("POST", "/memberships", R"({"email":"b@acme.example","role":"USER","invite":true})");
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_TRUE(answer.at("acceptedAt").is_null());
    EXPECT_EQ(answer.text("name"), "b@acme.example");
}

TEST_F(MembershipsApi, AnAddressBelongsToOneMember) {
    const auto answer = world.call("POST", "/memberships", R"({"email":"ANA@acme.example","role":"USER"})");
    EXPECT_EQ(answer.status, 409) << answer.body;
    EXPECT_EQ(answer.text("code"), "conflict");
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(MembershipsApi, ChangesOnlyWhatIsSent) {
    world.clock().advance(seconds(5));
    const auto answer = world.good("PATCH", path(ana), R"({"role":"ADMIN","email":"other@acme.example"})");
    EXPECT_EQ(answer.text("role"), "ADMIN");
    EXPECT_EQ(answer.text("email"), "ana@acme.example");
    EXPECT_EQ(answer.text("name"), "ana@acme.example");
    EXPECT_EQ(answer.text("updatedAt"), "2026-03-01T09:00:05.000Z");
    EXPECT_EQ(world.new_events(), Types{"membership.changed"});
    EXPECT_EQ(world.good("GET", "/memberships").at("1"), answer.json);
}

TEST_F(MembershipsApi, AChangeThatChangesNothingLeavesNoTrace) {
    world.clock().advance(seconds(5));
    const auto before = world.good("GET", "/memberships").at("1");
    EXPECT_EQ(world.good("PATCH", path(ana), R"({"unknown":1,"role":"USER"})").json, before);
    EXPECT_EQ(world.good("PATCH", path(ana)).json, before);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(MembershipsApi, AChangeNamesEveryBadField) {
    const auto answer = world.call("PATCH", path(ana), R"({"name":"","role":"BOSS","disabled":"perhaps"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.bad_fields(), (Types{"name", "role", "disabled"}));
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(MembershipsApi, TheLastOwnerStays) {
    for (const auto* body : {R"({"role":"ADMIN"})", R"({"disabled":true})"}) {
        EXPECT_EQ(world.call("PATCH", path(owner()), body).status, 409) << body;
    }
    EXPECT_EQ(world.call("DELETE", path(owner())).status, 409);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(MembershipsApi, AnOwnerWhoCannotActDoesNotCount) {
    world.good("POST", "/memberships", R"({"email":"b@acme.example","role":"OWNER","invite":true})");
    world.good("PATCH", path(ana), R"({"role":"OWNER","disabled":true})");
    EXPECT_EQ(world.call("DELETE", path(owner())).status, 409);
    world.good("PATCH", path(ana), R"({"disabled":false})");
    EXPECT_EQ(world.call("DELETE", path(owner())).status, 200);
}

TEST_F(MembershipsApi, DeletingAnswersTheMemberAndFreesTheAddress) {
    const auto before = world.good("GET", "/memberships").at("1");
    EXPECT_EQ(world.good("DELETE", path(ana)).json, before);
    EXPECT_EQ(world.new_events(), Types{"membership.deleted"});
    EXPECT_EQ(world.good("GET", "/memberships").json.as_array().size(), 1);
    EXPECT_EQ(world.call("DELETE", path(ana)).status, 404);
    EXPECT_NE(world.member("ana@acme.example"), ana);
}

TEST_F(MembershipsApi, ARemovedMemberLeavesStepsAndConversations) {
    const auto bea = world.member("bea@acme.example");
    const auto scenario = world.scenario();
    const auto chosen = R"("assigneeLogicType":"single_user","selectedMembershipIdsForAssignee":[")" + ana + R"(",")" +
                        bea + R"("],"fallbackMembershipIds":[")" + ana + R"("])";
    const auto step = world.step(scenario, "New", chosen);
    const auto other = world.step(scenario, "Talk");
    const auto conversation = world.conversation();
    world.place(conversation, step);
    EXPECT_EQ(world.good("GET", "/conversation/" + conversation).text("assignees.0.user.email"), "ana@acme.example");
    world.new_events();

    world.good("DELETE", path(ana));
    EXPECT_EQ(world.new_events(), (Types{"step.changed", "membership.deleted"}));
    const auto pruned = world.good("GET", "/crm/step/" + step);
    EXPECT_EQ(pruned.at("selectedMembershipIdsForAssignee"), (boost::json::array{bea}));
    EXPECT_EQ(pruned.at("fallbackMembershipIds"), boost::json::array{});
    EXPECT_TRUE(world.good("GET", "/crm/step/" + other).at("selectedMembershipIdsForAssignee").is_null());
    EXPECT_EQ(world.good("GET", "/conversation/" + conversation).at("assignees"), boost::json::array{});
}

TEST_F(MembershipsApi, AForeignMemberIsUnknown) {
    const auto key = world.second_organization_key();
    EXPECT_EQ(world.call_as(key, "PATCH", path(ana), R"({"name":"Mine"})").status, 404);
    EXPECT_EQ(world.call_as(key, "DELETE", path(ana)).status, 404);
    EXPECT_EQ(world.call("PATCH", path("nobody"), R"({"name":"Mine"})").status, 404);
    EXPECT_EQ(world.call_as("", "GET", "/memberships").status, 401);
    EXPECT_EQ(world.good("GET", "/memberships").json.as_array().size(), 2);
}

}  // namespace
}  // namespace etapa::api
