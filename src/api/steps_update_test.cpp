// PUT /crm/step: what each kind of member does, and every reason to refuse it.
#include "api/test_design.hpp"

namespace etapa::api {
namespace {

using testing::ValuesIn;
using Cases = std::vector<ApiCase>;

constexpr auto changed = "step.changed";

// A case about PUT /crm/step with these members beside the id of `@talk`.
ApiCase put(std::string name, const std::string& members) {
    return {
        .name = std::move(name), .method = "PUT", .target = "/crm/step", .body = R"({"id":"@talk",)" + members + '}'};
}

ApiCase sets(std::string name, const std::string& members, decltype(ApiCase::shows) shows) {
    auto one = put(std::move(name), members);
    one.shows = std::move(shows);
    one.events = {changed};
    return one;
}

ApiCase leaves(std::string name, const std::string& members, decltype(ApiCase::shows) shows) {
    auto one = put(std::move(name), members);
    one.shows = std::move(shows);
    return one;
}

ApiCase refused(std::string name, const std::string& members, std::vector<std::string> bad) {
    auto one = put(std::move(name), members);
    one.status = 400;
    one.bad = std::move(bad);
    return one;
}

class UpdateStep : public DesignTable<Design> {};
TEST_P(UpdateStep, Answers) { check(); }

INSTANTIATE_TEST_SUITE_P(
    Sets, UpdateStep,
    ValuesIn(Cases{
        sets("OnlyWhatIsSent", R"("name":"First contact")",
             {{"name", R"("First contact")"}, {"prompt", R"("Ask")"}, {"trigger", R"("price")"}, {"index", "1"}}),
        sets("Texts", R"("trigger":"t","prompt":"p","initialMessage":"Hi")",
             {{"trigger", R"("t")"}, {"prompt", R"("p")"}, {"initialMessage", R"("Hi")"}}),
        sets("ATimer", R"("autoNextStepId":"@won","autoNextTime":2,"autoNextTimeUnit":"h")",
             {{"autoNextStepId", R"("@won")"}, {"autoNextTime", "2"}, {"autoNextTimeUnit", R"("h")"}}),
        sets("TheLongestTimer", R"("autoNextTime":366,"autoNextTimeUnit":"d")", {{"autoNextTime", "366"}}),
        sets("AWholeNumberWithAPoint", R"("autoNextTime":60.0)", {{"autoNextTime", "60"}}),
        sets("Defaults", R"("defaultStatus":"RESOLVED","defaultPriority":"HIGH","defaultAiControl":false)",
             {{"defaultStatus", R"("RESOLVED")"}, {"defaultPriority", R"("HIGH")"}, {"defaultAiControl", "false"}}),
        sets("AnAssignment",
             R"("assigneeLogicType":"fair_distribution_selected","selectedMembershipIdsForAssignee":["@ana","@bob"])",
             {{"assigneeLogicType", R"("fair_distribution_selected")"},
              {"selectedMembershipIdsForAssignee", R"(["@ana","@bob"])"}}),
        sets("AFallback", R"("fallbackMembershipIds":["@bob"])", {{"fallbackMembershipIds", R"(["@bob"])"}}),
        sets("Switches", R"("isRequired":true,"isConversationRemovalStep":true)",
             {{"isRequired", "true"}, {"isConversationRemovalStep", "true"}}),
        sets("AnAgent", R"("agentId":"@bot")", {{"agentId", R"("@bot")"}, {"agent.name", R"("Bot")"}}),
        sets("Tags", R"("defaultTags":["hot"],"defaultTagsToRemove":["cold"])",
             {{"defaultTags", R"(["hot"])"}, {"defaultTagsToRemove", R"(["cold"])"}}),
        sets("WhatToAskFor", R"("requestContact":{"name":true})",
             {{"requestContact", R"({"name":true,"email":false,"phone":false})"}}),
        sets("AWebhook", R"("webhookUrl":"https://example.com/hook","webhookHeader":{"X-Token":"a b"})",
             {{"webhookUrl", R"("https://example.com/hook")"}, {"webhookHeader", R"({"X-Token":"a b"})"}}),
        sets("ANestedObject", R"("zapi":{"phoneNumber":"+55","message":"m"})",
             {{"zapi", R"({"agentId":null,"phoneNumber":"+55","message":"m"})"}}),
        sets("AFlatMember", R"("zapiAgentId":"@bot","whatsappTemplateName":"t")",
             {{"zapi", R"({"agentId":"@bot","phoneNumber":null,"message":null})"},
              {"whatsapp.templateName", R"("t")"}}),
        sets("UnknownMembersAreIgnored", R"("description":"x","index":0,"scenarioId":"@support","name":"N")",
             {{"index", "1"}, {"scenarioId", R"("@sales")"}, {"name", R"("N")"}}),
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Leaves, UpdateStep,
    ValuesIn(Cases{
        leaves("NameThatIsNull", R"("name":null)", {{"name", R"("Talk")"}}),
        leaves("SameValues", R"("name":"Talk","trigger":"price","isRequired":false)", {{"name", R"("Talk")"}}),
        leaves("NullWhereNothingIs", R"("agentId":null,"zapi":null,"isRequired":null)", {{"isRequired", "false"}}),
        leaves("NestedObjectWithoutValues", R"("zapi":{"agentId":null},"whatsapp":{})",
               {{"zapi", "null"}, {"whatsapp", "null"}}),
        leaves("FlatNullWhereNothingIs", R"("zapiAgentId":null)", {{"zapi", "null"}}),
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Refuses, UpdateStep,
    ValuesIn(Cases{
        refused("Itself", R"("autoNextStepId":"@talk")", {"autoNextStepId"}),
        refused("AStepOfAnotherScenario", R"("autoNextStepId":"@ticket")", {"autoNextStepId"}),
        refused("AForeignStep", R"("autoNextStepId":"@foreignStep")", {"autoNextStepId"}),
        refused("AForeignAgent", R"("agentId":"@foreignAgent")", {"agentId"}),
        refused("AForeignAgentSpeltFlat", R"("zapiAgentId":"@foreignAgent")", {"zapiAgentId"}),
        refused("AForeignAgentSpeltNested", R"("zapi":{"agentId":"@foreignAgent"})", {"zapi.agentId"}),
        refused("AForeignTemplateAgent", R"("whatsappTemplateAgentId":"@foreignAgent")", {"whatsappTemplateAgentId"}),
        refused("AForeignTemplateAgentSpeltNested", R"("whatsapp":{"templateAgentId":"nobody"})",
                {"whatsapp.templateAgentId"}),
        refused("ForeignMembers",
                R"("selectedMembershipIdsForAssignee":["@ana","@foreignMember"],"fallbackMembershipIds":["nobody"])",
                {"selectedMembershipIdsForAssignee", "fallbackMembershipIds"}),
        refused("AListModeWithoutList", R"("assigneeLogicType":"random_selected")",
                {"selectedMembershipIdsForAssignee"}),
        refused("AListModeWithAnEmptyList",
                R"("assigneeLogicType":"single_user","selectedMembershipIdsForAssignee":[])",
                {"selectedMembershipIdsForAssignee"}),
        refused("NoTime", R"("autoNextTime":0)", {"autoNextTime"}),
        refused("ANegativeTime", R"("autoNextTime":-5)", {"autoNextTime"}),
        refused("AFractionalTime", R"("autoNextTime":1.5)", {"autoNextTime"}),
        refused("ATimeAsText", R"("autoNextTime":"60")", {"autoNextTime"}),
        refused("MoreThan366Days", R"("autoNextTime":367,"autoNextTimeUnit":"d")", {"autoNextTime"}),
        refused("MoreThan366DaysInSeconds", R"("autoNextTime":31622401)", {"autoNextTime"}),
        refused("AnUnknownUnit", R"("autoNextTimeUnit":"w")", {"autoNextTimeUnit"}),
        refused("NeitherTriggerNorPrompt", R"("trigger":null,"prompt":"  ")", {"trigger", "prompt"}),
        refused("ABlankName", R"("name":" ")", {"name"}),
        refused("WrongTypes", R"("name":5,"isRequired":"yes","defaultTags":"hot","requestContact":[],"zapi":"x")",
                {"name", "isRequired", "defaultTags", "requestContact", "zapi"}),
        refused("UnknownOptions", R"("defaultStatus":"OPEN","defaultPriority":"URGENT","assigneeLogicType":"all")",
                {"defaultStatus", "defaultPriority", "assigneeLogicType"}),
        refused("APrivateAddress", R"("webhookUrl":"http://localhost:8080/x")", {"webhookUrl"}),
        refused("APrivateAddressInNumbers", R"("webhookUrl":"http://169.254.169.254/")", {"webhookUrl"}),
        refused("APrivateIp6Address", R"("webhookUrl":"http://[::1]/")", {"webhookUrl"}),
        refused("AnAddressThatIsNone", R"("webhookUrl":"example.com/x")", {"webhookUrl"}),
        refused("AHeaderOfTwoLines", R"("webhookHeader":{"X-A":"a\r\nX-B: b"})", {"webhookHeader"}),
        refused("AHeaderWithoutToken", R"("webhookHeader":{"X A":"a"})", {"webhookHeader"}),
        refused("AHeaderThatIsNoText", R"("webhookHeader":{"X-A":5})", {"webhookHeader"}),
        refused(
            "EverythingAtOnce",
            R"("name":"","agentId":"nobody","zapiAgentId":"@foreignAgent","whatsapp":{"templateAgentId":"nobody"},)"
            R"("autoNextStepId":"@foreignStep","autoNextTime":1.5,"defaultStatus":"OPEN","fallbackMembershipIds":["x"],)"
            R"("assigneeLogicType":"single_user","trigger":"","prompt":null,"webhookUrl":"http://10.0.0.1/")",
            {"name", "agentId", "zapiAgentId", "whatsapp.templateAgentId", "autoNextStepId", "autoNextTime",
             "defaultStatus", "fallbackMembershipIds", "selectedMembershipIdsForAssignee", "trigger", "prompt",
             "webhookUrl"}),
    }),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(Acts, UpdateStep,
                         ValuesIn(Cases{
                             {.name = "OnNothingWithoutId",
                              .method = "PUT",
                              .target = "/crm/step",
                              .body = R"({"name":"x"})",
                              .status = 400,
                              .bad = {"id"}},
                             {.name = "OnNothingWithOnlyTheId",
                              .method = "PUT",
                              .target = "/crm/step",
                              .body = R"({"id":"@talk"})",
                              .status = 400},
                             {.name = "OnNoUnknownStep",
                              .method = "PUT",
                              .target = "/crm/step",
                              .body = R"({"id":"nobody","name":"x"})",
                              .status = 404},
                             {.name = "OnNoForeignStep",
                              .method = "PUT",
                              .target = "/crm/step",
                              .body = R"({"id":"@foreignStep","name":"x"})",
                              .status = 404},
                             {.name = "OnTheEntryStepWithoutPrompt",
                              .method = "PUT",
                              .target = "/crm/step",
                              .body = R"({"id":"@new","prompt":null})",
                              .shows = {{"prompt", "null"}, {"trigger", "null"}},
                              .events = {changed}},
                         }),
                         name_of_case);

// A step on which every member has a value.
void fill_step(Design& design) {
    design.good("PUT", "/crm/step", R"({"id":"@talk","initialMessage":"Hi","autoNextStepId":"@won","autoNextTime":5,
        "autoNextTimeUnit":"m","defaultStatus":"RESOLVED","defaultPriority":"LOW","defaultAiControl":true,
        "assigneeLogicType":"single_user","selectedMembershipIdsForAssignee":["@ana"],"fallbackMembershipIds":["@bob"],
        "isRequired":true,"isConversationRemovalStep":true,"defaultTags":["a"],"defaultTagsToRemove":["b"],
        "requestContact":{"email":true},"zapi":{"agentId":"@bot","phoneNumber":"1","message":"m"},
        "whatsapp":{"templateAgentId":"@bot","templateName":"n","templateLanguageCode":"pt","templateText":"t"},
        "webhookUrl":"https://example.com","webhookHeader":{"A":"b"},"agentId":"@bot"})");
    design.world.new_events();
}

TEST(UpdateStepWithValues, NullClearsEveryMember) {
    Design design;
    fill_step(design);
    design.check({.method = "PUT",
                  .target = "/crm/step",
                  .body = R"({"id":"@talk","trigger":null,
        "initialMessage":null,"autoNextStepId":null,"autoNextTime":null,"autoNextTimeUnit":null,"defaultStatus":null,
        "defaultPriority":null,"defaultAiControl":null,"assigneeLogicType":null,"selectedMembershipIdsForAssignee":null,
        "fallbackMembershipIds":null,"isRequired":null,"isConversationRemovalStep":null,"defaultTags":null,
        "defaultTagsToRemove":null,"requestContact":null,"zapi":null,"whatsapp":null,"webhookUrl":null,
        "webhookHeader":null,"agentId":null})",
                  .events = {changed}});
    const auto step = design.good("GET", "/crm/step/@talk");
    for (const auto* name : {"trigger",
                             "initialMessage",
                             "autoNextStepId",
                             "autoNextTime",
                             "autoNextTimeUnit",
                             "defaultStatus",
                             "defaultPriority",
                             "defaultAiControl",
                             "assigneeLogicType",
                             "selectedMembershipIdsForAssignee",
                             "fallbackMembershipIds",
                             "defaultTags",
                             "defaultTagsToRemove",
                             "requestContact",
                             "zapi",
                             "whatsapp",
                             "webhookUrl",
                             "webhookHeader",
                             "agentId",
                             "agent"}) {
        EXPECT_TRUE(step.json.at(name).is_null()) << name << " of " << step.body;
    }
    EXPECT_EQ(step.at("isRequired"), false);
    EXPECT_EQ(step.at("isConversationRemovalStep"), false);
}

TEST(UpdateStepWithValues, TheTextNullClearsEnumsIdsAndNumbers) {
    Design design;
    fill_step(design);
    design.check({.method = "PUT",
                  .target = "/crm/step",
                  .body = R"({"id":"@talk","autoNextStepId":"null",
        "autoNextTime":"null","autoNextTimeUnit":"null","defaultStatus":"null","defaultPriority":"null",
        "assigneeLogicType":"null","agentId":"null","zapiAgentId":"null","initialMessage":"null"})",
                  .shows = {{"autoNextStepId", "null"},
                            {"autoNextTime", "null"},
                            {"autoNextTimeUnit", "null"},
                            {"defaultStatus", "null"},
                            {"defaultPriority", "null"},
                            {"assigneeLogicType", "null"},
                            {"agentId", "null"},
                            {"zapi.agentId", "null"},
                            {"initialMessage", R"("null")"}},
                  .events = {changed}});
}

TEST(UpdateStepWithValues, ANestedObjectReplacesTheWholeAndAFlatMemberOnlyItself) {
    Design design;
    fill_step(design);
    design.check({.method = "PUT",
                  .target = "/crm/step",
                  .body = R"({"id":"@talk","zapi":{"message":"new"},"whatsappTemplateName":"new"})",
                  .shows = {{"zapi", R"({"agentId":null,"phoneNumber":null,"message":"new"})"},
                            {"whatsapp", R"({"templateAgentId":"@bot","templateName":"new",
                                             "templateLanguageCode":"pt","templateText":"t"})"}},
                  .events = {changed}});
    design.check({.method = "PUT",
                  .target = "/crm/step",
                  .body = R"({"id":"@talk","zapiMessage":null})",
                  .shows = {{"zapi", "null"}},
                  .events = {changed}});
}

TEST(UpdateStepWithValues, TheMergedResultIsJudged) {
    Design design;
    design.good("PUT", "/crm/step", R"({"id":"@talk","autoNextTime":1000})");
    design.good("PUT", "/crm/step",
                R"({"id":"@won","assigneeLogicType":"clear","selectedMembershipIdsForAssignee":[]})");
    design.world.new_events();
    design.check(refused("", R"("autoNextTimeUnit":"d")", {"autoNextTimeUnit"}));
    design.check(refused("", R"("trigger":null,"prompt":"","name":"x")", {"trigger", "prompt"}));
    design.check({.method = "PUT",
                  .target = "/crm/step",
                  .body = R"({"id":"@won","assigneeLogicType":"single_user"})",
                  .status = 400,
                  .bad = {"selectedMembershipIdsForAssignee"}});
    design.check(sets("", R"("trigger":null)", {{"trigger", "null"}}));
    design.check(refused("", R"("prompt":null)", {"trigger", "prompt"}));
}

TEST(UpdateStepWithValues, AListThatItsMembersLeftDoesNotStandInTheWay) {
    Design design;
    fill_step(design);
    design.good("DELETE", "/memberships/@ana");
    design.world.new_events();
    design.check(sets("", R"("name":"Renamed")", {{"selectedMembershipIdsForAssignee", "[]"}}));
    design.check(refused("", R"("assigneeLogicType":"random_selected")", {"selectedMembershipIdsForAssignee"}));
}

TEST(UpdateStepWithValues, ARefusalChangesNothing) {
    Design design;
    const auto before = design.good("GET", "/crm/step/@talk").body;
    design.check(refused("", R"("name":"x","agentId":"nobody")", {"agentId"}));
    EXPECT_EQ(design.good("GET", "/crm/step/@talk").body, before);
}

TEST(UpdateStepWithValues, UpdatedAtGrowsWithEachChangeAndOnlyThen) {
    Design design;
    const auto updated_at = [&](std::string_view name) {
        return design.good("PUT", "/crm/step", R"({"id":"@talk","name":")" + std::string(name) + R"("})")
            .text("updatedAt");
    };
    const auto first = updated_at("One");
    const auto second = updated_at("Two");
    EXPECT_LT(first, second);  // the clock of the test stands still
    EXPECT_EQ(updated_at("Two"), second);
}

TEST(UpdateStepWithValues, TheAnswerHoldsTheSeedMembersAndTheName) {
    Design design;
    const auto answer = design.good("PUT", "/crm/step", R"({"id":"@talk","name":"N"})");
    for (const auto* name : {"id",
                             "index",
                             "prompt",
                             "trigger",
                             "initialMessage",
                             "autoNextStepId",
                             "autoNextTime",
                             "defaultStatus",
                             "defaultPriority",
                             "assigneeLogicType",
                             "selectedMembershipIdsForAssignee",
                             "isRequired",
                             "organizationId",
                             "agentId",
                             "scenarioId",
                             "createdAt",
                             "updatedAt",
                             "agent",
                             "scenario",
                             "name"}) {
        EXPECT_TRUE(answer.json.as_object().contains(name)) << name;
    }
    EXPECT_FALSE(answer.json.as_object().contains("deletedAt"));
    EXPECT_EQ(answer.text("scenario.name"), "Sales");
    EXPECT_EQ(design.good("PUT", "/api/crm/step/", R"({"id":"@talk","name":"N"})").body, answer.body);
}

}  // namespace
}  // namespace etapa::api
