// Creating, listing, ordering and deleting steps. Changing them: steps_update_test.cpp.
#include "api/test_design.hpp"
#include "api/test_occupants.hpp"

namespace etapa::api {
namespace {

using testing::ValuesIn;
using Cases = std::vector<ApiCase>;

class Steps : public DesignTable<Design> {};
TEST_P(Steps, Answer) { check(); }

ApiCase creates(std::string name, const std::string& members, decltype(ApiCase::shows) shows) {
    return {.name = std::move(name),
            .method = "POST",
            .target = "/crm/step",
            .body = R"({"scenarioId":"@sales","name":"Next",)" + members + '}',
            .status = 201,
            .shows = std::move(shows),
            .events = {"step.created"}};
}

ApiCase refuses(std::string name, std::string body, std::vector<std::string> bad) {
    return {.name = std::move(name),
            .method = "POST",
            .target = "/crm/step",
            .body = std::move(body),
            .status = 400,
            .bad = std::move(bad)};
}

INSTANTIATE_TEST_SUITE_P(
    Create, Steps,
    ValuesIn(Cases{
        creates("AppendsAtTheEnd", R"("prompt":"p","index":0,"stepOrder":0,"description":"x")",
                {{"index", "3"},
                 {"prompt", R"("p")"},
                 {"trigger", "null"},
                 {"isRequired", "false"},
                 {"scenario.id", R"("@sales")"},
                 {"agent", "null"}}),
        creates("TakesTriggerAlone", R"("trigger":"t","isRequired":null)", {{"trigger", R"("t")"}}),
        creates("TakesFlatIntegrations", R"("prompt":"p","zapiAgentId":"@bot","whatsappTemplateText":"t")",
                {{"zapi.agentId", R"("@bot")"}, {"whatsapp.templateText", R"("t")"}}),
        creates("TakesNestedIntegrations", R"("prompt":"p","zapi":{"message":"m"},"whatsapp":{})",
                {{"zapi.message", R"("m")"}, {"whatsapp", "null"}}),
        creates("TakesEverything",
                R"("prompt":"p","trigger":"t","agentId":"@bot","autoNextStepId":"@new","autoNextTime":9,)"
                R"("autoNextTimeUnit":"m","defaultStatus":"null","assigneeLogicType":"single_user",)"
                R"("selectedMembershipIdsForAssignee":["@ana"],"isConversationRemovalStep":true)",
                {{"agent.id", R"("@bot")"},
                 {"autoNextStepId", R"("@new")"},
                 {"autoNextTime", "9"},
                 {"defaultStatus", "null"},
                 {"isConversationRemovalStep", "true"}}),
        refuses("NeedsItsMembers", "{}", {"scenarioId", "name", "trigger", "prompt"}),
        refuses("NeedsTriggerOrPrompt", R"({"scenarioId":"@sales","name":"x"})", {"trigger", "prompt"}),
        refuses(
            "ReportsEveryBadField",
            R"({"scenarioId":"@sales","name":" ","prompt":"p","agentId":"@foreignAgent","zapiAgentId":"nobody",)"
            R"("autoNextStepId":"@ticket","autoNextTime":0,"assigneeLogicType":"single_user","webhookUrl":"http://a.local"})",
            {"name", "agentId", "zapiAgentId", "autoNextStepId", "autoNextTime", "selectedMembershipIdsForAssignee",
             "webhookUrl"}),
        {.name = "NeedsAKnownScenario",
         .method = "POST",
         .target = "/crm/step",
         .body = R"({"scenarioId":"nobody","name":"x","prompt":"p"})",
         .status = 404},
        {.name = "NeedsAnOwnScenario",
         .method = "POST",
         .target = "/crm/step",
         .body = R"({"scenarioId":"@foreignScenario","name":"x","prompt":"p"})",
         .status = 404},
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Read, Steps,
    ValuesIn(Cases{
        {.name = "ListsInOrder",
         .method = "GET",
         .target = "/crm/step?scenarioId=@sales&limit=5&cursor=x",
         .shows =
             {{"0.id", R"("@new")"}, {"1.id", R"("@talk")"}, {"2.id", R"("@won")"}, {"2.index", "2"}, {"3", "null"}}},
        {.name = "ListsOnlyAnAgentsSteps",
         .method = "GET",
         .target = "/crm/step?scenarioId=@sales&agentId=@bot",
         .shows = {{"", "[]"}}},
        {.name = "ListNeedsAScenario", .method = "GET", .target = "/crm/step", .status = 400, .bad = {"scenarioId"}},
        {.name = "ListNeedsAKnownScenario", .method = "GET", .target = "/crm/step?scenarioId=nobody", .status = 404},
        {.name = "ListNeedsAnOwnScenario",
         .method = "GET",
         .target = "/crm/step?scenarioId=@foreignScenario",
         .status = 404},
        {.name = "ShowsOne",
         .method = "GET",
         .target = "/crm/step/@talk",
         .shows = {{"name", R"("Talk")"}, {"scenario.name", R"("Sales")"}}},
        {.name = "ShowsNoUnknownOne", .method = "GET", .target = "/crm/step/nobody", .status = 404},
        {.name = "ShowsNoForeignOne", .method = "GET", .target = "/crm/step/@foreignStep", .status = 404},
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Order, Steps,
    ValuesIn(Cases{
        {.name = "IsTakenAsAWhole",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = R"({"scenarioId":"@sales","stepIds":["@won","@new","@talk"]})",
         .shows = {{"0.id", R"("@won")"}, {"0.index", "0"}, {"1.id", R"("@new")"}, {"1.index", "1"}, {"2.index", "2"}},
         .events = {"steps.reordered"}},
        {.name = "ThatIsTheSameChangesNothing",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = R"({"scenarioId":"@sales","stepIds":["@new","@talk","@won"]})",
         .shows = {{"0.id", R"("@new")"}}},
        {.name = "OfFewerStepsIsRefused",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = R"({"scenarioId":"@sales","stepIds":["@won","@new"]})",
         .status = 409},
        {.name = "OfMoreStepsIsRefused",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = R"({"scenarioId":"@sales","stepIds":["@won","@new","@talk","@ticket"]})",
         .status = 409},
        {.name = "WithAStepTwiceIsRefused",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = R"({"scenarioId":"@sales","stepIds":["@won","@new","@new"]})",
         .status = 409},
        {.name = "NeedsItsMembers",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = "{}",
         .status = 400,
         .bad = {"scenarioId", "stepIds"}},
        {.name = "OfAForeignScenarioIsUnknown",
         .method = "PUT",
         .target = "/crm/step/order",
         .body = R"({"scenarioId":"@foreignScenario","stepIds":["@foreignStep"]})",
         .status = 404},
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Delete, Steps,
    ValuesIn(Cases{
        {.name = "AnswersTheStep",
         .method = "DELETE",
         .target = "/crm/step",
         .body = R"({"id":"@talk"})",
         .shows = {{"id", R"("@talk")"}, {"name", R"("Talk")"}, {"index", "1"}, {"scenario.id", R"("@sales")"}},
         .events = {"step.deleted"}},
        {.name = "NeedsAnId", .method = "DELETE", .target = "/crm/step", .body = "{}", .status = 400, .bad = {"id"}},
        {.name = "NeedsAKnownId",
         .method = "DELETE",
         .target = "/crm/step",
         .body = R"({"id":"nobody"})",
         .status = 404},
        {.name = "NeedsAnOwnId",
         .method = "DELETE",
         .target = "/crm/step",
         .body = R"({"id":"@foreignStep"})",
         .status = 404},
    }),
    name_of_case);

TEST(StepOrder, AStepThatComesFirstIsTheEntryStepAtOnce) {
    Design design;
    design.good("PUT", "/crm/step/order", R"({"scenarioId":"@sales","stepIds":["@won","@new","@talk"]})");
    design.name("card", design.world.conversation());
    const auto placed =
        design.good("POST", "/crm/step/conversation", R"({"conversationId":"@card","scenarioId":"@sales"})");
    EXPECT_EQ(placed.text("newStepId"), design.id("won"));
}

TEST(StepOrder, MovesNoConversationAndNoTimer) {
    Design design;
    design.good("PUT", "/crm/step", R"({"id":"@talk","autoNextStepId":"@won","autoNextTime":60})");
    design.name("card", design.world.conversation());
    design.world.place(design.id("card"), design.id("talk"));
    const auto before = design.good("GET", "/crm/scenario/@sales/conversation");
    design.good("PUT", "/crm/step/order", R"({"scenarioId":"@sales","stepIds":["@won","@talk","@new"]})");
    const auto after = design.good("GET", "/crm/scenario/@sales/conversation");
    EXPECT_EQ(after.text("0.stepId"), before.text("0.stepId"));
    EXPECT_EQ(after.text("0.dueAt"), before.text("0.dueAt"));
}

TEST(DeleteStep, ShiftsTheFollowingAndClearsThePointersToIt) {
    Design design;
    design.good("PUT", "/crm/step", R"({"id":"@new","autoNextStepId":"@talk","autoNextTime":5})");
    design.good("PUT", "/crm/step", R"({"id":"@won","autoNextStepId":"@talk"})");
    const auto before = design.good("GET", "/crm/step/@won").text("updatedAt");
    design.world.new_events();
    design.check({.method = "DELETE",
                  .target = "/crm/step",
                  .body = R"({"id":"@talk"})",
                  .events = {"step.changed", "step.changed", "step.deleted"}});
    design.check({.method = "GET",
                  .target = "/crm/step?scenarioId=@sales",
                  .shows = {{"0.id", R"("@new")"},
                            {"0.autoNextStepId", "null"},
                            {"0.autoNextTime", "5"},
                            {"1.id", R"("@won")"},
                            {"1.index", "1"},
                            {"1.autoNextStepId", "null"},
                            {"2", "null"}}});
    EXPECT_LT(before, design.good("GET", "/crm/step/@won").text("updatedAt"));
    for (const auto* method : {"PUT", "DELETE"}) {
        EXPECT_EQ(design.call(method, "/crm/step", R"({"id":"@talk","name":"x"})").status, 404);
    }
}

TEST(DeleteStep, TheLastOneLeavesAnEmptyScenario) {
    Design design;
    design.good("DELETE", "/crm/step", R"({"id":"@ticket"})");
    EXPECT_EQ(design.good("GET", "/crm/step?scenarioId=@support").body, "[]");
    design.world.new_events();
    design.check(refuses("", R"({"scenarioId":"@support","name":"x","prompt":" "})", {"trigger", "prompt"}));
    design.check({.method = "POST",
                  .target = "/crm/step",
                  .body = R"({"scenarioId":"@support","name":"x","prompt":"p"})",
                  .status = 201,
                  .shows = {{"index", "0"}},
                  .events = {"step.created"}});
}

TEST(DeleteStep, ItsOccupantsLeaveAndKeepTheRest) {
    Design design;
    design.good("PUT", "/crm/step", R"({"id":"@talk","autoNextStepId":"@won","autoNextTime":60,"agentId":"@bot"})");
    design.name("card", design.world.conversation(R"("priority":"HIGH")"));
    design.world.place(design.id("card"), design.id("talk"));
    design.good("DELETE", "/crm/step", R"({"id":"@talk"})");
    design.check({.method = "GET",
                  .target = "/crm/scenario/@sales/conversation?showInactiveConversations=true",
                  .shows = {{"0.conversationId", R"("@card")"},
                            {"0.available", "false"},
                            {"0.stepId", "null"},
                            {"0.step", "null"},
                            {"0.dueAt", "null"},
                            {"0.respondingAgentId", "null"}},
                  .events = {"step.changed", "conversation.created", "step.entered", "step.deleted"}});
    design.check({.method = "GET",
                  .target = "/crm/conversationLog?conversationId=@card",
                  .shows = {{"data.0.status", R"("inactive")"}, {"data.0.stepName", R"("Talk")"}}});
    EXPECT_EQ(design.good("GET", "/conversation/@card").text("priority"), "HIGH");
    EXPECT_EQ(design.good("GET", "/jobs").at("0"), nullptr);
    design.world.pass(seconds(120));
    EXPECT_EQ(design.good("GET", "/crm/scenario/@sales/conversation").body, "[]");
    design.check({.method = "POST",
                  .target = "/crm/step/conversation",
                  .body = R"({"conversationId":"@card","stepId":"@won"})",
                  .status = 200,
                  .shows = {{"newStepId", R"("@won")"}},
                  .events = {"step.entered"}});
}

// More than one transaction clears: the tombstone has to do until the job comes.
class DeleteStepWithManyOccupants : public testing::Test {
protected:
    static constexpr int occupants = 1'600;

    DeleteStepWithManyOccupants() {
        design_.good("PUT", "/crm/step", R"({"id":"@talk","autoNextStepId":"@won","autoNextTime":60})");
        cards_ = occupy(design_.world, design_.id("talk"), occupants);
        design_.good("DELETE", "/crm/step", R"({"id":"@talk"})");
    }

    std::int64_t rows(Sql table_and_condition) { return count_rows(design_.world, table_and_condition); }

    Design design_;
    std::vector<ConversationId> cards_;
};

TEST_F(DeleteStepWithManyOccupants, ReadersHonourItAtOnce) {
    EXPECT_EQ(rows("placement WHERE step_id IS NOT NULL"), occupants - 1'000);
    const auto list = std::string("/crm/scenario/@sales/conversation");
    EXPECT_EQ(design_.good("GET", list).body, "[]");
    EXPECT_EQ(design_.good("GET", list + "?isCount=true").body, "{}");
    EXPECT_EQ(design_.good("GET", list + "?isCount=true&showInactiveConversations=true").body, "{}");
    EXPECT_EQ(design_.good("GET", list + "?isCount=true&stepId=@talk").at("count"), 0);
    EXPECT_EQ(design_.good("GET", "/crm/step?scenarioId=@sales").at("2"), nullptr);
    const auto newest = design_.good("GET", list + "?showInactiveConversations=true&limit=1");
    EXPECT_EQ(newest.text("0.conversationId"), cards_.back().value);
    EXPECT_EQ(newest.at("0.available"), false);
    EXPECT_EQ(newest.at("0.stepId"), nullptr);
    EXPECT_EQ(newest.at("0.dueAt"), nullptr);
    EXPECT_EQ(newest.at("0.step"), nullptr);
    const auto logs = design_.good("GET", "/crm/conversationLog?status=active&scenarioId=@sales");
    EXPECT_EQ(logs.at("pagination.total"), 0);
    design_.name("card", cards_.back().value);
    EXPECT_EQ(design_.call("POST", "/crm/step/move", R"({"conversationId":"@card","destStepId":"@won"})").status, 404);
}

TEST_F(DeleteStepWithManyOccupants, AnOccupantCanBePlacedBeforeTheJobComes) {
    design_.name("card", cards_.back().value);
    design_.good("POST", "/crm/step/conversation", R"({"conversationId":"@card","stepId":"@won"})");
    design_.world.pass(seconds(120));
    EXPECT_EQ(design_.good("GET", "/crm/scenario/@sales/conversation").text("0.stepId"), design_.id("won"));
}

TEST_F(DeleteStepWithManyOccupants, WhoGoesBeforeTheJobComesTakesStayAndTimerAlong) {
    design_.name("placed", cards_.back().value);
    design_.name("elsewhere", cards_.at(1'500).value);
    design_.name("unlinked", cards_.at(1'400).value);
    design_.good("POST", "/crm/step/conversation", R"({"conversationId":"@placed","stepId":"@won"})");
    design_.good("POST", "/crm/step/conversation", R"({"conversationId":"@elsewhere","stepId":"@ticket"})");
    design_.good("DELETE", "/crm/scenario/@sales/conversation?conversationId=@unlinked");
    design_.world.run_jobs();
    EXPECT_EQ(broken_invariants(design_.world), std::vector<std::string>{});
    EXPECT_EQ(rows("stay WHERE status = 'active' OR ended_at IS NULL"), 2);
    EXPECT_EQ(rows("job"), 0);
}

TEST_F(DeleteStepWithManyOccupants, NothingIsLeftWhenTheJobsAreDone) {
    design_.world.run_jobs();
    EXPECT_EQ(rows("placement WHERE available OR step_id IS NOT NULL OR due_at IS NOT NULL"), 0);
    EXPECT_EQ(rows("placement"), occupants);
    EXPECT_EQ(rows("stay WHERE status = 'active' OR ended_at IS NULL"), 0);
    EXPECT_EQ(rows("step WHERE deleted_at IS NOT NULL"), 0);
    EXPECT_EQ(rows("job"), 0);
}

}  // namespace
}  // namespace etapa::api
