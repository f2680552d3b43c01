#include "api/test_conversations.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

class KeysApi : public testing::Test {
protected:
    Answer make(const std::string& members = R"("name":"Website")") {
        const auto answer = world.call("POST", "/keys", '{' + members + '}');
        EXPECT_EQ(answer.status, 201) << answer.body;
        return answer;
    }
    int status_with(const std::string& key) { return world.call_as(key, "GET", "/organization").status; }

    World world;
};

TEST_F(KeysApi, AKeyIsShownOnceAndOpensTheOrganization) {
    const auto made = make();
    const auto token = made.text("apiKey");
    EXPECT_EQ(made.text("name"), "Website");
    EXPECT_EQ(status_with(token), 200);
    const auto list = world.good("GET", "/keys");
    EXPECT_EQ(ids_of(list).size(), 2);
    EXPECT_EQ(list.at("1.id"), made.at("id"));
    Types names;
    const auto shown = list.at("1");
    for (const auto& member : shown.as_object()) names.emplace_back(member.key());
    EXPECT_EQ(names, (Types{"id", "organizationId", "name", "createdAt", "expiresAt", "lastUsedAt", "revokedAt"}));
    for (const auto& secret : {token, token.substr(6, 64)}) {
        EXPECT_EQ(list.body.find(secret), std::string::npos);
        EXPECT_EQ(world.good("GET", "/events").body.find(secret), std::string::npos);
    }
    EXPECT_EQ(world.good("GET", "/events").body.find("hash"), std::string::npos);
}

TEST_F(KeysApi, AnExpiringKeyStopsToWork) {
    const auto token = make(R"("name":"Short","expiresAt":"2026-03-01T09:01:00Z")").text("apiKey");
    EXPECT_EQ(status_with(token), 200);
    world.clock().advance(seconds(60));
    EXPECT_EQ(status_with(token), 401);
}

TEST_F(KeysApi, EveryBadMemberIsNamed) {
    EXPECT_EQ(world.call("POST", "/keys").bad_fields(), Types{"name"});
    const auto answer = world.call("POST", "/keys", R"({"name":" ","expiresAt":"2026-03-01T09:00:00Z"})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.bad_fields(), (Types{"name", "expiresAt"}));
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(KeysApi, ARevokedKeyOpensNothingFromThenOn) {
    const auto made = make();
    world.new_events();
    const auto path = "/keys/" + made.text("id");
    EXPECT_EQ(world.good("DELETE", path).text("revokedAt"), "2026-03-01T09:00:00.000Z");
    EXPECT_EQ(world.new_events(), Types{"key.revoked"});
    EXPECT_EQ(status_with(made.text("apiKey")), 401);
    EXPECT_EQ(ids_of(world.good("GET", "/keys")).size(), 1);
    EXPECT_EQ(world.call("DELETE", path).status, 200);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(KeysApi, AKeyCanRevokeItself) {
    const auto made = make();
    const auto token = made.text("apiKey");
    EXPECT_EQ(world.call_as(token, "DELETE", "/keys/" + made.text("id")).status, 200);
    EXPECT_EQ(status_with(token), 401);
    EXPECT_EQ(world.new_events(), (Types{"key.created", "key.revoked"}));
}

TEST_F(KeysApi, AForeignKeyIsUnknown) {
    const auto made = make();
    const auto rival = world.second_organization_key();
    EXPECT_EQ(world.call_as(rival, "DELETE", "/keys/" + made.text("id")).status, 404);
    EXPECT_EQ(ids_of(world.call_as(rival, "GET", "/keys")).size(), 1);
    EXPECT_EQ(status_with(made.text("apiKey")), 200);
}

TEST_F(KeysApi, AnOrganizationHasAtMost100) {
    Answer last;
    for (int made = 1; made < 100; ++made) last = make();
    EXPECT_EQ(world.call("POST", "/keys", R"({"name":"More"})").status, 409);
    world.good("DELETE", "/keys/" + last.text("id"));
    make();
}

}  // namespace
}  // namespace etapa::api
