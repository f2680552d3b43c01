// The scenarios, and what stands in them.
#include "api/test_design.hpp"
#include "api/test_occupants.hpp"

namespace etapa::api {
namespace {

using testing::ValuesIn;
using Cases = std::vector<ApiCase>;

class Scenarios : public DesignTable<Design> {};
TEST_P(Scenarios, Answer) { check(); }

INSTANTIATE_TEST_SUITE_P(Create, Scenarios,
                         ValuesIn(Cases{
                             {.name = "AnswersIt",
                              .method = "POST",
                              .target = "/crm/scenario",
                              .body = R"({"name":"After","description":"d","agentId":"@bot","defaultStepId":"x"})",
                              .status = 201,
                              .shows = {{"name", R"("After")"}, {"description", R"("d")"}, {"index", "2"}},
                              .events = {"scenario.created"}},
                             {.name = "NeedsAName",
                              .method = "POST",
                              .target = "/crm/scenario",
                              .body = R"({"description":5})",
                              .status = 400,
                              .bad = {"name", "description"}},
                             {.name = "NeedsANameThatIsNotBlank",
                              .method = "POST",
                              .target = "/crm/scenario",
                              .body = R"({"name":" "})",
                              .status = 400,
                              .bad = {"name"}},
                         }),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Read, Scenarios,
    ValuesIn(Cases{
        {.name = "ListsOldestFirst",
         .method = "GET",
         .target = "/crm/scenario?limit=1&cursor=x",
         .shows = {{"0.id", R"("@sales")"}, {"1.id", R"("@support")"}, {"2", "null"}}},
        {.name = "ListsNoneOfAnAgentWithoutStep",
         .method = "GET",
         .target = "/crm/scenario?agentId=@bot",
         .shows = {{"", "[]"}}},
        {.name = "ShowsOne", .method = "GET", .target = "/crm/scenario/@sales", .shows = {{"name", R"("Sales")"}}},
        {.name = "ShowsNoUnknownOne", .method = "GET", .target = "/crm/scenario/nobody", .status = 404},
        {.name = "ShowsNoForeignOne", .method = "GET", .target = "/crm/scenario/@foreignScenario", .status = 404},
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(Update, Scenarios,
                         ValuesIn(Cases{
                             {.name = "SaysSo",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"id":"@sales","name":"Deals","description":"d"})",
                              .shows = {{"message", R"("Scenario updated")"},
                                        {"scenario.name", R"("Deals")"},
                                        {"scenario.description", R"("d")"}},
                              .events = {"scenario.changed"}},
                             {.name = "WithTheSameValuesChangesNothing",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"id":"@sales","name":"Sales","description":null})",
                              .shows = {{"scenario.name", R"("Sales")"}}},
                             {.name = "NeedsAnId",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"name":"x"})",
                              .status = 400,
                              .bad = {"id"}},
                             {.name = "NeedsAName",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"id":"@sales","description":5})",
                              .status = 400,
                              .bad = {"name", "description"}},
                             {.name = "NeedsANameThatIsNotNull",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"id":"@sales","name":null})",
                              .status = 400,
                              .bad = {"name"}},
                             {.name = "OfAnUnknownOneIsRefused",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"id":"nobody","name":"x"})",
                              .status = 404},
                             {.name = "OfAForeignOneIsRefused",
                              .method = "PUT",
                              .target = "/crm/scenario",
                              .body = R"({"id":"@foreignScenario","name":"x"})",
                              .status = 404},
                             {.name = "ByPathNeedsNoName",
                              .method = "PATCH",
                              .target = "/crm/scenario/@sales",
                              .body = R"({"description":"d"})",
                              .shows = {{"name", R"("Sales")"}, {"description", R"("d")"}},
                              .events = {"scenario.changed"}},
                             {.name = "ByPathRefusesBadMembers",
                              .method = "PATCH",
                              .target = "/crm/scenario/@sales",
                              .body = R"({"name":""})",
                              .status = 400,
                              .bad = {"name"}},
                             {.name = "ByPathOfAForeignOneIsRefused",
                              .method = "PATCH",
                              .target = "/crm/scenario/@foreignScenario",
                              .body = R"({"name":"x"})",
                              .status = 404},
                         }),
                         name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Delete, Scenarios,
    ValuesIn(Cases{
        {.name = "SaysSo",
         .method = "DELETE",
         .target = "/crm/scenario",
         .body = R"({"id":"@sales"})",
         .shows = {{"message", R"("Scenario deleted")"}, {"scenario.id", R"("@sales")"}, {"user", R"("")"}},
         .events = {"scenario.deleted"}},
        {.name = "ByPathSaysSo",
         .method = "DELETE",
         .target = "/crm/scenario/@sales",
         .shows = {{"message", R"("Scenario deleted")"}},
         .events = {"scenario.deleted"}},
        {.name = "NeedsAnId",
         .method = "DELETE",
         .target = "/crm/scenario",
         .body = "{}",
         .status = 400,
         .bad = {"id"}},
        {.name = "OfAnUnknownOneIsRefused",
         .method = "DELETE",
         .target = "/crm/scenario",
         .body = R"({"id":"nobody"})",
         .status = 404},
        {.name = "OfAForeignOneIsRefused",
         .method = "DELETE",
         .target = "/crm/scenario",
         .body = R"({"id":"@foreignScenario"})",
         .status = 404},
        {.name = "ByPathOfAForeignOneIsRefused",
         .method = "DELETE",
         .target = "/crm/scenario/@foreignScenario",
         .status = 404},
    }),
    name_of_case);

TEST(ScenariosOfAnAgent, AreThoseWithAStepThatNamesIt) {
    Design design;
    design.good("PUT", "/crm/step", R"({"id":"@ticket","agentId":"@bot"})");
    const auto list = design.good("GET", "/crm/scenario?agentId=@bot");
    EXPECT_EQ(list.text("0.id"), design.id("support"));
    EXPECT_EQ(list.at("1"), nullptr);
}

TEST(DeleteScenario, TakesItsStepsAndLinksAndLeavesTheConversations) {
    Design design;
    design.name("card", design.world.conversation());
    design.world.place(design.id("card"), design.id("new"));
    design.good("DELETE", "/crm/scenario", R"({"id":"@sales"})");
    EXPECT_EQ(design.call("GET", "/crm/step/@new").status, 404);
    EXPECT_EQ(design.call("GET", "/crm/scenario/@sales/conversation").status, 404);
    EXPECT_EQ(design.call("POST", "/crm/step", R"({"scenarioId":"@sales","name":"x","prompt":"p"})").status, 404);
    EXPECT_EQ(design.good("GET", "/crm/scenario").at("0.index"), 0);
    design.check({.method = "GET",
                  .target = "/conversation/@card",
                  .shows = {{"crmScenarioConversations", "[]"}},
                  .events = {"conversation.created", "step.entered", "scenario.deleted"}});
    design.check({.method = "GET",
                  .target = "/crm/conversationLog?conversationId=@card",
                  .shows = {{"data.0.status", R"("inactive")"}, {"data.0.scenarioName", R"("Sales")"}}});
    EXPECT_EQ(count_rows(design.world, "placement"), 0);
    EXPECT_EQ(count_rows(design.world, "scenario WHERE deleted_at IS NOT NULL"), 0);
}

TEST(DeleteScenario, WithManyOccupantsIsHonouredAtOnceAndFinishedByJobs) {
    Design design;
    design.good("PUT", "/crm/step", R"({"id":"@new","autoNextStepId":"@won","autoNextTime":60})");
    const auto cards = occupy(design.world, design.id("new"), 1'600);
    design.good("DELETE", "/crm/scenario", R"({"id":"@sales"})");
    EXPECT_EQ(count_rows(design.world, "placement"), 600);
    EXPECT_EQ(design.good("GET", "/conversation/" + cards.back().value).at("crmScenarioConversations.0"), nullptr);
    EXPECT_EQ(design.good("GET", "/crm/conversationLog?status=active").at("pagination.total"), 0);
    design.world.place(cards.back().value, design.id("ticket"));
    design.world.run_jobs();
    EXPECT_EQ(broken_invariants(design.world), std::vector<std::string>{});
    EXPECT_EQ(count_rows(design.world, "placement"), 1);
    EXPECT_EQ(count_rows(design.world, "stay WHERE status = 'active'"), 1);
    EXPECT_EQ(count_rows(design.world, "scenario WHERE deleted_at IS NOT NULL"), 0);
    EXPECT_EQ(count_rows(design.world, "step WHERE deleted_at IS NOT NULL"), 0);
    EXPECT_EQ(count_rows(design.world, "job"), 0);
}

// One card in `@new`, one in `@talk`, and one that left `@talk` for another scenario.
class Occupied : public Design {
public:
    Occupied() {
        name("ann", world.conversation(R"("contact":{"firstName":"Ann","email":"ann@example.com"},"agentId":")" +
                                       id("bot") + '"'));
        name("ben", world.conversation(R"("visitorId":"v1")"));
        name("cid", world.conversation());
        world.place(id("ann"), id("new"));
        world.place(id("ben"), id("talk"));
        world.place(id("cid"), id("talk"));
        world.place(id("cid"), id("ticket"));
        world.new_events();
    }
};

class InScenario : public DesignTable<Occupied> {};
TEST_P(InScenario, Answers) { check(); }

ApiCase listing(std::string name, const std::string& query, decltype(ApiCase::shows) shows) {
    return {.name = std::move(name),
            .method = "GET",
            .target = "/crm/scenario/@sales/conversation" + query,
            .shows = std::move(shows)};
}

INSTANTIATE_TEST_SUITE_P(
    List, InScenario,
    ValuesIn(Cases{
        listing("NewestFirst", "",
                {{"0.conversationId", R"("@ben")"},
                 {"0.stepId", R"("@talk")"},
                 {"0.available", "true"},
                 {"0.scenarioId", R"("@sales")"},
                 {"0.step.name", R"("Talk")"},
                 {"0.step.scenario.id", R"("@sales")"},
                 {"0.conversation.channel", R"("api")"},
                 {"0.conversation.status", R"("UNRESOLVED")"},
                 {"0.conversation.agent", "null"},
                 {"0.conversation.participantsVisitors", R"([{"id":"v1"}])"},
                 {"0.conversation.visitorIdField", R"("v1")"},
                 {"0.conversation.conversationContexts", "[]"},
                 {"0.conversation.participantsContacts", "[]"},
                 {"1.conversationId", R"("@ann")"},
                 {"1.conversation.agent.name", R"("Bot")"},
                 {"1.conversation.participantsContacts.0.firstName", R"("Ann")"},
                 {"2", "null"}}),
        listing("OfAStep", "?stepId=@new", {{"0.conversationId", R"("@ann")"}, {"1", "null"}}),
        listing("WithThoseThatLeft", "?showInactiveConversations=true",
                {{"0.conversationId", R"("@cid")"}, {"0.available", "false"}, {"2.conversationId", R"("@ann")"}}),
        listing("APage", "?page=1&limit=1", {{"0.conversationId", R"("@ann")"}, {"1", "null"}}),
        listing("APageBehindTheEnd", "?page=9", {{"", "[]"}}),
        listing("AtMostAHundred", "?limit=5000&isCount=false", {{"1.conversationId", R"("@ann")"}}),
        listing("OfAnUnknownStep", "?stepId=nobody", {{"", "[]"}}),
        listing("CountsByStep", "?isCount=true", {{"", R"({"@new":1,"@talk":1})"}}),
        listing("CountsByStepWithThoseThatLeft", "?isCount=true&showInactiveConversations=true",
                {{"", R"({"@new":1,"@talk":2})"}}),
        listing("CountOfAStep", "?isCount=true&stepId=@talk", {{"", R"({"count":1})"}}),
        listing("CountOfAStepWithThoseThatLeft", "?isCount=true&stepId=@talk&showInactiveConversations=true",
                {{"", R"({"count":2})"}}),
        {.name = "RefusesEveryBadParameter",
         .method = "GET",
         .target = "/crm/scenario/@sales/conversation?page=-1&limit=0&isCount=maybe",
         .status = 400,
         .bad = {"page", "limit", "isCount"}},
        {.name = "OfAnUnknownScenario", .method = "GET", .target = "/crm/scenario/nobody/conversation", .status = 404},
        {.name = "OfAForeignScenario",
         .method = "GET",
         .target = "/crm/scenario/@foreignScenario/conversation",
         .status = 404},
    }),
    name_of_case);

ApiCase unlinking(std::string name, std::string target, int status, std::vector<std::string> events = {}) {
    return {.name = std::move(name),
            .method = "DELETE",
            .target = std::move(target),
            .status = status,
            .events = std::move(events)};
}

INSTANTIATE_TEST_SUITE_P(Unlink, InScenario,
                         ValuesIn(Cases{
                             {.name = "SaysSo",
                              .method = "DELETE",
                              .target = "/crm/scenario/@sales/conversation?conversationId=@ann",
                              .shows = {{"message", R"("Conversation successfully removed from scenario")"}},
                              .events = {"step.left"}},
                             {.name = "TakesTheIdFromTheBody",
                              .method = "DELETE",
                              .target = "/crm/scenario/@sales/conversation",
                              .body = R"({"conversationId":"@ann"})",
                              .events = {"step.left"}},
                             {.name = "OfALinkThatIsInactive",
                              .method = "DELETE",
                              .target = "/crm/scenario/@sales/conversation?conversationId=@cid",
                              .events = {"placement.deleted"}},
                             unlinking("WithoutLinkIsUnknown",
                                       "/crm/scenario/@support/conversation?conversationId=@ann", 404),
                             unlinking("OfAForeignConversationIsUnknown",
                                       "/crm/scenario/@sales/conversation?conversationId=@foreignConversation", 404),
                             unlinking("FromAForeignScenarioIsUnknown",
                                       "/crm/scenario/@foreignScenario/conversation?conversationId=@ann", 404),
                             {.name = "NeedsAConversation",
                              .method = "DELETE",
                              .target = "/crm/scenario/@sales/conversation",
                              .status = 400,
                              .bad = {"conversationId"}},
                         }),
                         name_of_case);

TEST(Unlink, RemovesTheLinkAndItsTimerAndEndsTheStay) {
    Occupied occupied;
    occupied.good("PUT", "/crm/step", R"({"id":"@won","autoNextStepId":"@new","autoNextTime":60})");
    occupied.world.move(occupied.id("ann"), occupied.id("won"));
    const auto before = occupied.good("GET", "/conversation/@ann");
    occupied.good("DELETE", "/crm/scenario/@sales/conversation?conversationId=@ann");
    const auto after = occupied.good("GET", "/conversation/@ann");
    EXPECT_EQ(after.at("crmScenarioConversations.0"), nullptr);
    EXPECT_EQ(after.text("updatedAt"), before.text("updatedAt"));
    EXPECT_EQ(occupied.good("GET", "/crm/conversationLog?conversationId=@ann").text("data.0.status"), "inactive");
    EXPECT_EQ(count_rows(occupied.world, "job"), 0);
    EXPECT_EQ(occupied.call("DELETE", "/crm/scenario/@sales/conversation?conversationId=@ann").status, 404);
}

}  // namespace
}  // namespace etapa::api
