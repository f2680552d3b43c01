#include "api/test_conversations.hpp"

namespace etapa::api {
namespace {

TEST(CreateConversation, NothingToSayGivesTheDefaults) {
    World world;
    world.new_events();
    for (const std::string_view body : {"", "{}", R"({"agentId":null,"channel":null,"contact":null,"unknown":1})"}) {
        const auto created = world.call("POST", "/conversation", body);
        EXPECT_EQ(created.status, 201) << created.body;
        EXPECT_EQ(created.text("channel"), "api");
        EXPECT_EQ(created.text("status"), "UNRESOLVED");
        EXPECT_EQ(created.text("priority"), "MEDIUM");
        EXPECT_EQ(created.at("isAiEnabled"), true);
        EXPECT_TRUE(created.at("agentId").is_null());
        EXPECT_EQ(world.new_events(), std::vector<std::string>{"conversation.created"});
    }
}

TEST(CreateConversation, KeepsWhatIsSentAndAnswersAsAReadDoes) {
    World world;
    const auto agent = world.good("POST", "/agents", R"({"name":"Sofia","modelName":"gpt_4o"})").text("id");
    const auto created =
        world.good("POST", "/conversation",
                   R"({"agentId":")" + agent +
                       R"(","channel":"whatsapp",)"
                       R"("status":"HUMAN_REQUESTED","priority":"HIGH","title":"Refund","visitorId":"v1",)"
                       R"("isAiEnabled":false})");
    EXPECT_EQ(created.text("agentId"), agent);
    EXPECT_EQ(created.text("channel"), "whatsapp");
    EXPECT_EQ(created.text("status"), "HUMAN_REQUESTED");
    EXPECT_EQ(created.text("priority"), "HIGH");
    EXPECT_EQ(created.text("title"), "Refund");
    EXPECT_EQ(created.text("visitorId"), "v1");
    EXPECT_EQ(created.at("isAiEnabled"), false);
    for (const std::string_view path : {"/conversation/", "/conversations/", "/api/conversation/"}) {
        EXPECT_EQ(world.good("GET", std::string(path) + created.text("id")).json, created.json);
    }
}

TEST(CreateConversation, AnUnknownPersonBecomesAContactAndAKnownOneIsFound) {
    World world;
    world.new_events();
    const auto first = world.good("POST", "/conversation",
                                  R"({"contact":{"firstName":"Ana","lastName":"Lima","email":"Ana@X.example",)"
                                  R"("phoneNumber":"+5511","userId":"u7"}})");
    EXPECT_EQ(world.new_events(), (std::vector<std::string>{"contact.created", "conversation.created"}));
    EXPECT_EQ(first.text("participantsContacts.0.firstName"), "Ana");
    EXPECT_EQ(first.text("participantsContacts.0.lastName"), "Lima");
    EXPECT_EQ(first.text("participantsContacts.0.email"), "ana@x.example");
    EXPECT_EQ(first.text("participantsContacts.0.phoneNumber"), "+5511");
    EXPECT_EQ(first.text("participantsContacts.0.externalId"), "u7");
    const auto ana = first.text("participantsContacts.0.id");
    for (const auto& same : {R"("contactId":")" + ana + '"', std::string(R"("contact":{"email":"ana@x.EXAMPLE"})"),
                             std::string(R"("contact":{"phoneNumber":"+5511","firstName":"Anna"})"),
                             std::string(R"("contact":{"userId":"u7"})")}) {
        const auto again = world.good("POST", "/conversation", '{' + same + '}');
        EXPECT_EQ(again.text("participantsContacts.0.id"), ana) << same;
        EXPECT_EQ(world.new_events(), std::vector<std::string>{"conversation.created"});
    }
}

struct Refusal {
    std::string name;
    std::string body;
    std::vector<std::string> fields;
};

class CreateConversationRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(CreateConversationRefuses, AndCreatesNothing) {
    World world;
    const auto rival = world.second_organization_key();
    const auto agent = world.call_as(rival, "POST", "/agents", R"({"name":"Spy","modelName":"gpt_4o"})").text("id");
    const auto foreign = world.call_as(rival, "POST", "/conversation", R"({"contact":{"firstName":"Eva"}})");
    const auto contact = foreign.text("participantsContacts.0.id");
    world.new_events();
    const auto body = expanded(GetParam().body, {{"foreign agent", agent}, {"foreign contact", contact}});
    const auto answer = world.call("POST", "/conversation", body);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.bad_fields(), GetParam().fields) << answer.body;
    EXPECT_TRUE(world.new_events().empty());
    EXPECT_TRUE(ids_of(world.good("GET", "/conversation")).empty());
}

INSTANTIATE_TEST_SUITE_P(
    , CreateConversationRefuses,
    testing::ValuesIn(std::vector<Refusal>{
        {"UnknownAgent", R"({"agentId":"nobody"})", {"agentId"}},
        {"ForeignAgent", R"({"agentId":"{foreign agent}"})", {"agentId"}},
        {"UnknownContact", R"({"contactId":"nobody"})", {"contactId"}},
        {"ForeignContact", R"({"contactId":"{foreign contact}"})", {"contactId"}},
        {"ContactWithoutShape", R"({"contact":"Ana"})", {"contact"}},
        {"EverythingAtOnce",
         R"({"agentId":"nobody","contactId":"nobody","contact":{"email":"ana","firstName":1},"channel":"fax",)"
         R"("status":"open","priority":"URGENT","title":7,"visitorId":[],"isAiEnabled":"yes"})",
         {"contact.firstName", "contact.email", "channel", "status", "priority", "title", "visitorId", "isAiEnabled",
          "agentId", "contactId", "contact"}},
    }),
    [](const auto& info) { return info.param.name; });

// Everything that can surround a conversation.
class DetailedConversation : public testing::Test {
protected:
    DetailedConversation() {
        ids["agent"] = world.good("POST", "/agents", R"({"name":"Sofia","modelName":"gpt_4o"})").text("id");
        ids["member"] = world.member("bob@acme.example");
        ids["scenario"] = world.scenario();
        ids["step"] = world.step(
            ids["scenario"], "New",
            expanded(R"("assigneeLogicType":"single_user","selectedMembershipIdsForAssignee":["{member}"],)"
                     R"("defaultTags":["vip"],"agentId":"{agent}",)"
                     R"("zapi":{"agentId":"{agent}","phoneNumber":"+55","message":"Look"},)"
                     R"("whatsapp":{"templateAgentId":"{agent}","templateName":"hi","templateLanguageCode":"pt_BR",)"
                     R"("templateText":"Hello"})",
                     ids));
        ids["bare step"] = world.step(ids["scenario"], "Bare");
        const auto members = expanded(R"("agentId":"{agent}","contact":{"phoneNumber":"+5511"})", ids);
        ids["conversation"] = world.conversation(members);
        world.place(ids["conversation"], ids["step"]);
        change(world, ids["conversation"],
               "INSERT INTO conversation_variable (organization_id, conversation_id, var_name, var_value, created_at,"
               " updated_at) VALUES ($1, $2, 'plan', 'gold', 1, 2)");
    }

    Answer detailed() { return world.good("GET", "/conversation/" + ids["conversation"]); }

    World world;
    Names ids;
};

TEST_F(DetailedConversation, NothingIsNullThatExistingClientsRefuse) {
    for (const auto& conversation : {detailed(), world.good("GET", "/conversation/" + world.conversation())}) {
        for (const auto& [name, kind] :
             std::map<std::string, boost::json::kind>{{"id", boost::json::kind::string},
                                                      {"isAiEnabled", boost::json::kind::bool_},
                                                      {"channel", boost::json::kind::string},
                                                      {"status", boost::json::kind::string},
                                                      {"channelExternalId", boost::json::kind::string},
                                                      {"organizationId", boost::json::kind::string},
                                                      {"priority", boost::json::kind::string},
                                                      {"frustration", boost::json::kind::int64},
                                                      {"createdAt", boost::json::kind::string},
                                                      {"updatedAt", boost::json::kind::string},
                                                      {"isGroup", boost::json::kind::bool_},
                                                      {"blocked", boost::json::kind::bool_},
                                                      {"npsStep", boost::json::kind::int64},
                                                      {"unreadMessagesCount", boost::json::kind::int64},
                                                      {"assignees", boost::json::kind::array},
                                                      {"tags", boost::json::kind::array},
                                                      {"participantsContacts", boost::json::kind::array},
                                                      {"ctwaAttributions", boost::json::kind::array},
                                                      {"conversationVariables", boost::json::kind::array},
                                                      {"conversationContexts", boost::json::kind::array},
                                                      {"crmScenarioConversations", boost::json::kind::array}}) {
            EXPECT_EQ(conversation.at(name).kind(), kind) << name;
        }
        for (const std::string_view name :
             {"title", "metadata", "channelCredentialsId", "mailInboxId", "formId", "agentId", "userId", "visitorId",
              "aiUserIdentifier", "whatsappChatLid", "npsRating", "npsComment", "npsStartedAt", "npsCompletedAt",
              "lastHumanInteractionAt"}) {
            EXPECT_TRUE(conversation.json.as_object().contains(name)) << name;
        }
    }
}

TEST_F(DetailedConversation, ShowsWhoAndWhatBelongsToIt) {
    const auto conversation = detailed();
    EXPECT_EQ(conversation.at("assignees").as_array().size(), 1);
    EXPECT_FALSE(conversation.text("assignees.0.user.id").empty());
    EXPECT_EQ(conversation.text("assignees.0.user.name"), "bob@acme.example");
    EXPECT_EQ(conversation.text("assignees.0.user.email"), "bob@acme.example");
    EXPECT_EQ(conversation.at("tags"), boost::json::parse(R"([{"tag":"vip"}])"));
    EXPECT_EQ(conversation.text("participantsContacts.0.firstName"), "");
    EXPECT_TRUE(conversation.at("participantsContacts.0.lastName").is_null());
    EXPECT_EQ(conversation.text("conversationVariables.0.conversationId"), ids["conversation"]);
    EXPECT_EQ(conversation.text("conversationVariables.0.varName"), "plan");
    EXPECT_EQ(conversation.text("conversationVariables.0.varValue"), "gold");
}

TEST_F(DetailedConversation, EmbedsPlacementScenarioAndStepInBothSpellings) {
    const auto conversation = detailed();
    const auto here = [&](const std::string& path) { return conversation.at("crmScenarioConversations.0." + path); };
    const auto text = [&](const std::string& path) { return conversation.text("crmScenarioConversations.0." + path); };
    EXPECT_EQ(here("available"), true);
    EXPECT_EQ(here("processingJob"), false);
    EXPECT_TRUE(here("processingJobExpiresAt").is_null());
    EXPECT_EQ(text("scenarioId"), ids["scenario"]);
    EXPECT_EQ(text("stepId"), ids["step"]);
    EXPECT_EQ(text("conversationId"), ids["conversation"]);
    EXPECT_EQ(text("scenario.name"), "Sales");
    EXPECT_EQ(here("scenario.showInactiveConversations"), false);
    EXPECT_EQ(text("step.name"), "New");
    EXPECT_EQ(text("step.agent.name"), "Sofia");
    EXPECT_EQ(text("step.scenario.id"), ids["scenario"]);
    EXPECT_EQ(text("step.zapi.phoneNumber"), "+55");
    EXPECT_EQ(text("step.zapiAgentId"), ids["agent"]);
    EXPECT_EQ(text("step.zapiPhoneNumber"), "+55");
    EXPECT_EQ(text("step.zapiMessage"), "Look");
    EXPECT_EQ(text("step.whatsappTemplateAgentId"), ids["agent"]);
    EXPECT_EQ(text("step.whatsappTemplateName"), "hi");
    EXPECT_EQ(text("step.whatsappTemplateLanguageCode"), "pt_BR");
    EXPECT_EQ(text("step.whatsappTemplateText"), "Hello");
    EXPECT_TRUE(here("step.fallbackMembershipIds").as_array().empty());
    for (const std::string_view name : {"inactivityConditionType", "contactRequestNamePrompt",
                                        "contactRequestEmailPrompt", "contactRequestPhonePrompt"}) {
        const auto step = here("step");
        ASSERT_TRUE(step.as_object().contains(name));
        EXPECT_TRUE(step.at(name).is_null());
    }
}

TEST_F(DetailedConversation, AStepWithoutSettingsShowsEmptyListsAndNoChoice) {
    world.move(ids["conversation"], ids["bare step"]);
    const auto conversation = detailed();
    EXPECT_EQ(conversation.text("crmScenarioConversations.0.step.assigneeLogicType"), "none");
    EXPECT_TRUE(conversation.at("crmScenarioConversations.0.step.selectedMembershipIdsForAssignee").as_array().empty());
    EXPECT_TRUE(conversation.at("crmScenarioConversations.0.step.zapiAgentId").is_null());
}

TEST_F(DetailedConversation, WhatWasDeletedIsNotShown) {
    world.good("DELETE", "/crm/step", R"({"id":")" + ids["step"] + R"("})");
    world.good("DELETE", "/agents/" + ids["agent"]);
    world.good("DELETE", "/memberships/" + ids["member"]);
    const auto conversation = detailed();
    EXPECT_EQ(conversation.at("crmScenarioConversations.0.available"), false);
    EXPECT_TRUE(conversation.at("crmScenarioConversations.0.step").is_null());
    EXPECT_EQ(conversation.text("crmScenarioConversations.0.scenario.id"), ids["scenario"]);
    EXPECT_TRUE(conversation.at("agentId").is_null());
    EXPECT_TRUE(conversation.at("assignees").as_array().empty());
    world.good("DELETE", "/crm/scenario", R"({"id":")" + ids["scenario"] + R"("})");
    EXPECT_TRUE(detailed().at("crmScenarioConversations").as_array().empty());
}

TEST_F(DetailedConversation, IsUnknownToOthersAndUnderOtherIds) {
    const auto rival = world.second_organization_key();
    EXPECT_EQ(world.call("GET", "/conversation/nope").status, 404);
    EXPECT_EQ(world.call_as(rival, "GET", "/conversation/" + ids["conversation"]).status, 404);
    EXPECT_EQ(world.call_as(rival, "GET", "/conversations/" + ids["conversation"]).status, 404);
    EXPECT_EQ(world.call_as({}, "GET", "/conversation/" + ids["conversation"]).status, 401);
    EXPECT_TRUE(ids_of(world.call_as(rival, "GET", "/conversation")).empty());
    EXPECT_TRUE(ids_of(world.call_as(rival, "GET", "/conversation?agentId=" + ids["agent"])).empty());
    EXPECT_TRUE(ids_of(world.call_as(rival, "GET", "/conversation?crmScenarioId=" + ids["scenario"])).empty());
}

}  // namespace
}  // namespace etapa::api
