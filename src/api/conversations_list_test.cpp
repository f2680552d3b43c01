#include "api/test_conversations.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

std::string cursor_after(const boost::json::value& row) {
    return "%7B%22lastCreatedAt%22:%22" + std::string(row.at("createdAt").get_string()) + "%22,%22lastId%22:%22" +
           std::string(row.at("id").get_string()) + "%22%7D";
}

struct Filter {
    std::string name;
    std::string query;
    std::string expected;  // names, newest first
};

class ConversationFilter : public testing::TestWithParam<Filter> {
protected:
    // Six conversations, a minute apart, which no case changes.
    struct Stage {
        Stage() {
            ids["agent"] = world.good("POST", "/agents", R"({"name":"Sofia","modelName":"gpt_4o"})").text("id");
            ids["member"] = world.member("bob@acme.example");
            ids["sales"] = world.scenario("Sales");
            ids["new"] = world.step(
                ids["sales"], "New",
                expanded(R"("assigneeLogicType":"single_user","selectedMembershipIdsForAssignee":["{member}"],)"
                         R"("defaultTags":["vip"])",
                         ids));
            ids["talk"] = world.step(ids["sales"], "Talk");
            ids["doomed"] = world.step(ids["sales"], "Doomed");
            ids["care"] = world.scenario("Care");
            create("first");
            create("second", expanded(R"("agentId":"{agent}","channel":"whatsapp","status":"RESOLVED",)"
                                      R"("priority":"HIGH","isAiEnabled":false)",
                                      ids));
            create("third");
            create("fourth");
            create("fifth");
            create("sixth");
            world.place(ids["third"], ids["new"]);
            world.place(ids["fourth"], ids["talk"]);
            world.place(ids["fifth"], ids["talk"]);
            world.place(ids["sixth"], ids["doomed"]);
            world.good("DELETE", expanded("/crm/scenario/{sales}/conversation?conversationId={fifth}", ids));
            world.good("DELETE", "/crm/step", expanded(R"({"id":"{doomed}"})", ids));
            change(
                world, ids["fourth"],
                "UPDATE conversation SET frustration = 0.75, unread_messages_count = 2, nps_step = 2, nps_rating = 9,"
                " nps_completed_at = 1 WHERE organization_id = $1 AND id = $2");
        }
        void create(const std::string& name, std::string_view members = {}) {
            ids[name] = world.conversation(members);
            world.clock().advance(seconds(60));
        }

        World world;
        Names ids;
    };

    static void SetUpTestSuite() { stage = std::make_unique<Stage>(); }
    static void TearDownTestSuite() { stage.reset(); }

    static std::string names_of(const Answer& list) {
        std::string names;
        for (const auto& id : ids_of(list)) {
            const auto known = std::ranges::find(stage->ids, id, &Names::value_type::second);
            names += (names.empty() ? "" : " ") + (known == stage->ids.end() ? "?" : known->first);
        }
        return names;
    }
    static Answer ask(const std::string& query) {
        return stage->world.call("GET", "/conversation?" + expanded(query, stage->ids));
    }

private:
    static inline std::unique_ptr<Stage> stage;
};

TEST_P(ConversationFilter, Narrows) {
    const auto answer = ask(GetParam().query);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(names_of(answer), GetParam().expected);
}

constexpr auto all = "sixth fifth fourth third second first";

INSTANTIATE_TEST_SUITE_P(, ConversationFilter,
                         testing::ValuesIn(std::vector<Filter>{
                             {"None", "", all},
                             {"Unknown", "sort=title&page=3", all},
                             {"Agent", "agentId={agent}", "second"},
                             {"NoAgent", "agentId=null", "sixth fifth fourth third first"},
                             {"UnknownAgent", "agentId=nobody", ""},
                             {"Channel", "channel=whatsapp", "second"},
                             {"CreatedAtIso", "createdAt=2026-03-01T09:03:00.000Z", "sixth fifth fourth"},
                             {"CreatedAtOffset", "createdAt=2026-03-01T06:03:00-03:00", "sixth fifth fourth"},
                             {"CreatedAtSeconds", "createdAt=2026-03-01%2009:03:00", "sixth fifth fourth"},
                             {"CreatedAtPlus", "createdAt=2026-03-01+09:03:00", "sixth fifth fourth"},
                             {"CreatedAtMinutes", "createdAt=2026-03-01%2009:03", "sixth fifth fourth"},
                             {"CreatedAtDay", "createdAt=2026-03-01", all},
                             {"CreatedAtNextDay", "createdAt=2026-03-02", ""},
                             {"EndDateIso", "endDate=2026-03-01T09:01:00.000Z", "second first"},
                             {"EndDateSeconds", "endDate=2026-03-01%2009:00:59", "first"},
                             {"EndDateDay", "endDate=2026-03-02", all},
                             {"Between", "createdAt=2026-03-01%2009:01&endDate=2026-03-01%2009:02", "third second"},
                             {"Status", "status=RESOLVED", "second"},
                             {"Priority", "priority=HIGH", "second"},
                             {"PriorityMedium", "priority=MEDIUM&agentId=null&tag=vip", "third"},
                             {"Assignee", "assigneeId={member}", "third"},
                             {"UnknownAssignee", "assigneeId=nobody", ""},
                             {"Unassigned", "assigneeId=unassigned", "sixth fifth fourth second first"},
                             {"Unread", "unread=true", "fourth"},
                             {"ReadAsWell", "unread=false", all},
                             {"Tag", "tag=vip", "third"},
                             {"UnknownTag", "tag=VIP", ""},
                             {"AiEnabled", "ai=enabled", "sixth fifth fourth third first"},
                             {"AiDisabled", "ai=disabled", "second"},
                             {"AdSource", "adSourceId=42", ""},
                             {"Scenario", "crmScenarioId={sales}", "fourth third"},
                             {"EmptyScenario", "crmScenarioId={care}", ""},
                             {"UnknownScenario", "crmScenarioId=nowhere", ""},
                             {"Step", "crmScenarioId={sales}&crmStepId={talk}", "fourth"},
                             {"DeletedStep", "crmScenarioId={sales}&crmStepId={doomed}", ""},
                             {"StepOfAnotherScenario", "crmScenarioId={care}&crmStepId={talk}", ""},
                             {"FrustrationMin", "frustrationMin=0.75", "fourth"},
                             {"FrustrationMax", "frustrationMax=0.7", "sixth fifth third second first"},
                             {"FrustrationBetween", "frustrationMin=0.1&frustrationMax=0.5", ""},
                             {"NpsStep", "npsStep=2", "fourth"},
                             {"NpsRating", "npsRating=9", "fourth"},
                             {"NpsRatingMin", "npsRatingMin=9", "fourth"},
                             {"NpsRatingMax", "npsRatingMax=8", ""},
                             {"NpsCompleted", "npsCompleted=true", "fourth"},
                             {"NpsNotCompleted", "npsCompleted=false", "sixth fifth third second first"},
                             {"Limit", "limit=2", "sixth fifth"},
                             {"LimitAboveAHundred", "limit=100000", all},
                         }),
                         [](const auto& info) { return info.param.name; });

class ConversationQueryRefused : public ConversationFilter {};

TEST_P(ConversationQueryRefused, NamesTheParameter) {
    const auto answer = ask(GetParam().query);
    EXPECT_EQ(answer.status, 400) << answer.body;
    std::string fields;
    for (const auto& field : answer.bad_fields()) fields += (fields.empty() ? "" : " ") + field;
    EXPECT_EQ(fields, GetParam().expected) << answer.body;
}

INSTANTIATE_TEST_SUITE_P(
    , ConversationQueryRefused,
    testing::ValuesIn(std::vector<Filter>{
        {"Status", "status=open", "status"},
        {"Priority", "priority=URGENT", "priority"},
        {"Channel", "channel=fax", "channel"},
        {"Ai", "ai=on", "ai"},
        {"CreatedAt", "createdAt=yesterday", "createdAt"},
        {"EndDate", "endDate=2026-02-30", "endDate"},
        {"Unread", "unread=perhaps", "unread"},
        {"NpsCompleted", "npsCompleted=perhaps", "npsCompleted"},
        {"NpsRating", "npsRating=good", "npsRating"},
        {"FrustrationText", "frustrationMax=much", "frustrationMax"},
        {"FrustrationRange", "frustrationMin=-0.1&frustrationMax=1.5", "frustrationMin frustrationMax"},
        {"StepAlone", "crmStepId=somewhere", "crmStepId"},
        {"LimitZero", "limit=0", "limit"},
        {"LimitText", "limit=ten", "limit"},
        {"Cursor", "cursor=c1", "cursor"},
        {"CursorHalf", "cursor=%7B%22lastId%22:%22c1%22%7D", "cursor"},
        {"Everything", "status=open&limit=0&createdAt=x&cursor=y", "createdAt status limit cursor"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(ConversationPages, ShowTwentyFiveUnlessTold) {
    World world;
    for (int count = 0; count < 26; ++count) world.conversation();
    EXPECT_EQ(ids_of(world.good("GET", "/conversation")).size(), 25);
    EXPECT_EQ(ids_of(world.good("GET", "/conversations?limit=100")).size(), 26);
}

TEST(ConversationPages, FollowOneAnotherThroughEqualTimesWithoutGapOrRepetition) {
    World world;
    std::vector<std::string> created;
    for (int minute = 0; minute < 3; ++minute) {
        for (int twin = 0; twin < 3; ++twin) created.push_back(world.conversation());
        world.clock().advance(seconds(60));
    }
    std::vector<std::string> seen;
    std::string cursor;
    while (true) {
        const auto page = world.good("GET", "/conversation?limit=2" + cursor);
        const auto ids = ids_of(page);
        if (ids.empty()) break;
        seen.insert(seen.end(), ids.begin(), ids.end());
        ASSERT_LE(seen.size(), created.size());
        cursor = "&cursor=" + cursor_after(page.json.as_array().back());
    }
    std::ranges::reverse(created);
    EXPECT_EQ(seen, created);
}

}  // namespace
}  // namespace etapa::api
