#include "api/test_conversations.hpp"
#include "crm/contacts/page.hpp"
#include "crm/conversations/store.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

// A world with the contact Ana, whose events were taken already.
class ContactsApi : public testing::Test {
protected:
    ContactsApi()
        : ana(make(R"("firstName":"Ána","lastName":"Lima","email":"Ana@X.example","phoneNumber":"+49 30 1")")) {
        world.new_events();
    }

    std::string make(const std::string& members) {
        return world.good("POST", "/contacts", '{' + members + '}').text("id");
    }
    std::string path(const std::string& id) { return "/contacts/" + id; }
    std::string talk_with(const std::string& contact, const std::string& members = {}) {
        return world.conversation(R"("contactId":")" + contact + '"' + members);
    }
    // Conversations of a contact, more than one request would clear.
    void give(const std::string& contact, int count) {
        auto many = [&](WriteTx& tx) {
            for (int made = 0; made < count; ++made) {
                Conversation conversation;
                conversation.id = tx.new_id<ConversationId>();
                conversation.organization_id = tx.organization();
                conversation.contact_id = ContactId{contact};
                conversations::insert(tx, conversation);
            }
        };
        world.database().write_now(world.caller(), many);
    }
    // How many conversations name the contact itself.
    std::int64_t held_by(const std::string& contact) {
        auto body = [&](ReadTx& tx) { return contacts::belongings_of(tx, {{contact}}).conversations; };
        return world.database().read_now(world.caller(), body);
    }
    Answer merge(const std::string& others) {
        return world.good("POST", "/contacts/merge", R"({"id":")" + ana + R"(","mergeIds":[)" + others + "]}");
    }
    // The ids that a list of contacts shows, each of which it counts.
    Types found(const std::string& query) {
        const auto answer = world.good("GET", "/contacts?" + query);
        Types ids;
        const auto contacts = answer.at("contacts");
        for (const auto& contact : contacts.as_array()) ids.emplace_back(contact.at("id").as_string());
        EXPECT_EQ(answer.at("count"), ids.size()) << query;
        return ids;
    }

    World world;
    std::string ana;
};

TEST_F(ContactsApi, AContactHasExactlyTheMembersOfTheFacts) {
    const auto answer = world.good("GET", path(ana));
    Types names;
    for (const auto& member : answer.json.as_object()) names.emplace_back(member.key());
    EXPECT_EQ(names, (Types{"id", "organizationId", "email", "phoneNumber", "firstName", "lastName", "externalId",
                            "picture", "metadata", "createdAt", "updatedAt"}));
    EXPECT_EQ(answer.text("email"), "ana@x.example");
    EXPECT_EQ(answer.text("phoneNumber"), "+49 30 1");
}

TEST_F(ContactsApi, AnUnknownPersonIsCreatedWith200) {
    const auto answer = world.call("POST", "/contacts", R"({"userId":"u1","draftConfig":{},"metadata":{"a":[1]}})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.text("externalId"), "u1");
    EXPECT_EQ(answer.at("metadata"), (boost::json::object{{"a", boost::json::array{1}}}));
    EXPECT_EQ(world.new_events(), Types{"contact.created"});
    EXPECT_EQ(world.good("GET", path(answer.text("id"))).json, answer.json);
}

TEST_F(ContactsApi, APersonIsKnownByIdNumberOrAddress) {
    for (const std::string& mark :
         {R"("id":")" + ana + '"', std::string(R"("phoneNumber":"49301")"), std::string(R"("phoneNumber":"(49) 30-1")"),
          std::string(R"("email":"ANA@x.example")")}) {
        EXPECT_EQ(make(mark), ana) << mark;
    }
    EXPECT_EQ(found(""), Types{ana});
}

TEST_F(ContactsApi, TheNumberDecidesBeforeTheAddress) {
    const auto bob = make(R"("phoneNumber":"+1","firstName":"Bob")");
    world.new_events();
    const auto answer = world.call("POST", "/contacts", R"({"phoneNumber":"1","email":"ana@x.example"})");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.bad_fields(), Types{"email"});
    EXPECT_EQ(make(R"("phoneNumber":"1","email":"bob@x.example")"), bob);
    EXPECT_EQ(world.new_events(), Types{"contact.changed"});
}

TEST_F(ContactsApi, WhatBelongsToAnotherContactIsRefusedByName) {
    const auto bob = make(R"("firstName":"Bob")");
    world.new_events();
    const std::string both = R"("phoneNumber":"49301","email":"ana@x.example"})";
    const std::string with_id = R"({"id":")" + bob + "\"," + both;
    for (const auto& answer : {world.call("POST", "/contacts", with_id), world.call("PATCH", path(bob), '{' + both)}) {
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.text("code"), "conflict");
        EXPECT_EQ(answer.bad_fields(), (Types{"email", "phoneNumber"}));
    }
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ContactsApi, ChangesOnlyWhatIsSentAndNullClears) {
    world.clock().advance(seconds(5));
    const auto answer = world.good("PATCH", path(ana), R"({"lastName":null,"picture":"p","id":"other","tags":[]})");
    EXPECT_EQ(answer.text("id"), ana);
    EXPECT_TRUE(answer.at("lastName").is_null());
    EXPECT_EQ(answer.text("firstName"), "Ána");
    EXPECT_EQ(answer.text("updatedAt"), "2026-03-01T09:00:05.000Z");
    EXPECT_EQ(world.new_events(), Types{"contact.changed"});
    EXPECT_EQ(world.good("PATCH", path(ana), R"({"picture":"p"})").json, answer.json);
    EXPECT_EQ(world.good("POST", "/contacts", R"({"id":")" + ana + R"("})").json, answer.json);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ContactsApi, EveryBadMemberIsNamed) {
    const auto answer = world.call("POST", "/contacts",
                                   R"({"email":"ana","phoneNumber":5,"metadata":[],"conversationId":"nobody",)"
                                   R"("firstName":")" +
                                       std::string(501, 'x') + R"("})");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.bad_fields(), (Types{"email", "phoneNumber", "firstName", "metadata", "conversationId"}));
    EXPECT_EQ(world.call("PATCH", path(ana), R"({"metadata":{"a":")" + std::string(70'000, 'x') + R"("}})").status,
              400);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ContactsApi, AnUnknownOrForeignContactIs404) {
    const auto key = world.second_organization_key();
    const auto body = R"({"id":")" + ana + R"("})";
    EXPECT_EQ(world.call_as(key, "GET", path(ana)).status, 404);
    EXPECT_EQ(world.call_as(key, "PATCH", path(ana), R"({"firstName":"Eve"})").status, 404);
    EXPECT_EQ(world.call_as(key, "POST", "/contacts", body).status, 404);
    EXPECT_EQ(world.call_as(key, "DELETE", path(ana)).status, 404);
    EXPECT_EQ(world.call_as(key, "GET", path(ana) + "/conversations").status, 404);
    EXPECT_NE(world.call_as(key, "POST", "/contacts", R"({"email":"ana@x.example"})").text("id"), ana);
    EXPECT_EQ(world.call_as(key, "GET", "/contacts").at("count"), 1);
}

TEST_F(ContactsApi, AConversationGetsTheContact) {
    const auto talk = world.conversation();
    world.new_events();
    EXPECT_EQ(make(R"("phoneNumber":"49301","conversationId":")" + talk + '"'), ana);
    EXPECT_EQ(world.new_events(), Types{"conversation.changed"});
    EXPECT_EQ(world.good("GET", "/conversation/" + talk).text("participantsContacts.0.id"), ana);
    const auto bob = make(R"("phoneNumber":"+1","conversationId":")" + talk + '"');
    EXPECT_EQ(world.good("GET", "/conversation/" + talk).text("participantsContacts.0.id"), bob);
    EXPECT_EQ(world.new_events(), (Types{"contact.created", "conversation.changed"}));
    const auto foreign =
        world.call_as(world.second_organization_key(), "POST", "/contacts", R"({"conversationId":")" + talk + R"("})");
    EXPECT_EQ(foreign.status, 400);
    EXPECT_EQ(foreign.bad_fields(), Types{"conversationId"});
}

TEST_F(ContactsApi, ASearchFindsPartsWhateverTheirCaseAndAccents) {
    const auto joao = make(R"("firstName":"João","lastName":"ÇELIK 100%_\\","email":"j.c@y.example")");
    for (const std::string part : {"ana", "%C3%81NA", "na%20li", "X.EXAMPLE", "%2B49%2030", "49301", "(93) 0-1"}) {
        EXPECT_EQ(found("search=" + part), Types{ana}) << part;
    }
    for (const std::string part : {"joao", "JO%C3%83O", "celik", "100%25", "%25_", "_%5C", "%20%20J.c@"}) {
        EXPECT_EQ(found("search=" + part), Types{joao}) << part;
    }
    EXPECT_EQ(found("search=example"), (Types{joao, ana}));
    EXPECT_EQ(found("search="), (Types{joao, ana}));
    for (const std::string part : {"a%25a", "a_a", "x%27%20OR%20%271", "lima%0Aana"}) {
        EXPECT_EQ(found("search=" + part), Types{}) << part;
    }
}

TEST_F(ContactsApi, TheListPagesNewestFirstAndCountsAll) {
    for (int made = 0; made < 4; ++made) {
        world.clock().advance(seconds(60));
        make("");
    }
    const auto page = world.good("GET", "/contacts?offset=3&limit=2");
    EXPECT_EQ(page.at("count"), 5);
    ASSERT_EQ(page.at("contacts").as_array().size(), 2);
    EXPECT_EQ(page.text("contacts.1.id"), ana);
    EXPECT_EQ(found("limit=100000").size(), 5);
    EXPECT_EQ(found("offset=0&endDate=2026-03-01T09:00:00Z"), Types{ana});
    EXPECT_EQ(found("startDate=2026-03-01T09:03:00Z").size(), 2);
    EXPECT_EQ(world.good("GET", "/contacts?offset=9").at("contacts"), boost::json::array{});
    const auto refused = world.call("GET", "/contacts?limit=0&offset=-1&priority=URGENT&channel=fax&hasEmail=perhaps");
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.bad_fields(), (Types{"offset", "limit", "priority", "hasEmail", "channel"}));
}

TEST_F(ContactsApi, FiltersAskForOneConversationThatFitsThemAll) {
    const auto agent = world.good("POST", "/agents", R"({"name":"Bot"})").text("id");
    const auto scenario = world.scenario();
    const auto step = world.step(scenario, "New");
    const auto bob = make("");
    const auto placed = talk_with(ana, R"(,"channel":"whatsapp","agentId":")" + agent + '"');
    talk_with(ana, R"(,"priority":"HIGH","status":"RESOLVED")");
    talk_with(bob, R"(,"priority":"HIGH")");
    world.place(placed, step);
    for (const auto* tag : {"vip", "a,b"}) {
        world.good("POST", "/conversations/" + placed + "/tags", R"({"tagName":")" + std::string(tag) + R"("})");
    }
    const auto of_step = "crmStep=" + step;
    const auto of_both = "crmScenario=" + scenario + '&' + of_step;
    for (const auto& query :
         Types{"channel=whatsapp", "conversationStatus=RESOLVED", "agent=" + agent, "crmScenario=" + scenario, of_step,
               of_both, std::string("tags=vip"), std::string("tags=old,%20vip"), std::string("tags=old&tags=vip,new"),
               std::string("tags=a%2Cb"), std::string("hasEmail=true"), std::string("hasPhone=true"),
               std::string("channel=whatsapp&tags=vip&priority=MEDIUM")}) {
        EXPECT_EQ(found(query), Types{ana}) << query;
    }
    EXPECT_EQ(found("hasPhone=false&hasEmail=false"), Types{bob});
    EXPECT_EQ(found("priority=HIGH"), (Types{bob, ana}));
    for (const std::string query :
         {"channel=whatsapp&priority=HIGH", "tags=v", "tags=old", "tags=a", "tags=b,a", "agent=nobody"}) {
        EXPECT_EQ(found(query), Types{}) << query;
    }
}

TEST_F(ContactsApi, ItsConversationsComeInPagesNewestFirst) {
    const auto first = talk_with(ana);
    world.clock().advance(seconds(60));
    const auto second = talk_with(ana);
    world.conversation();
    const auto list = world.good("GET", path(ana) + "/conversations");
    EXPECT_EQ(ids_of(list), (Types{second, first}));
    EXPECT_EQ(list.at("0"), world.good("GET", "/conversation/" + second).json);
    const auto cursor =
        "%7B%22lastCreatedAt%22:%22" + list.text("0.createdAt") + "%22,%22lastId%22:%22" + second + "%22%7D";
    EXPECT_EQ(ids_of(world.good("GET", path(ana) + "/conversations?cursor=" + cursor)), Types{first});
    EXPECT_EQ(ids_of(world.good("GET", path(ana) + "/conversations?limit=1")), Types{second});
}

TEST_F(ContactsApi, ADeletedContactLeavesItsConversations) {
    const auto talk = talk_with(ana);
    world.good("POST", "/conversations/" + talk + "/message-register", R"({"message":"Hi","from":"human"})");
    world.new_events();
    const auto answer = world.good("DELETE", path(ana));
    EXPECT_EQ(answer.text("message"), "Contact deleted successfully.");
    EXPECT_EQ(answer.at("deleted"), (boost::json::object{{"contacts", 1}, {"variables", 0}, {"conversationsKept", 1}}));
    EXPECT_EQ(world.new_events(), Types{"contact.deleted"});
    EXPECT_EQ(world.good("GET", "/conversation/" + talk).at("participantsContacts"), boost::json::array{});
    EXPECT_TRUE(world.good("GET", "/conversation/" + talk + "/messages/9").at("messages.0.contactId").is_null());
    EXPECT_EQ(world.call("DELETE", path(ana)).status, 404);
    EXPECT_EQ(found(""), Types{});
    EXPECT_NE(make(R"("email":"ana@x.example")"), ana);
}

TEST_F(ContactsApi, AMergePassesEverythingOn) {
    const auto bob = make(R"("firstName":"Bob","lastName":"Berg","externalId":"7")");
    const auto talk = talk_with(bob);
    const auto message =
        world.good("POST", "/conversations/" + talk + "/message-register", R"({"message":"Hi","from":"human"})");
    world.new_events();
    const auto answer = merge('"' + bob + R"(",")" + bob + '"');
    EXPECT_EQ(answer.at("merged"), (boost::json::object{{"contacts", 1},
                                                        {"conversations", 1},
                                                        {"messages", 1},
                                                        {"variables", 0},
                                                        {"variablesDropped", 0},
                                                        {"membersDropped", {"firstName", "lastName"}}}));
    EXPECT_EQ(answer.text("id"), ana);
    EXPECT_EQ(answer.text("firstName"), "Ána");
    EXPECT_EQ(answer.text("externalId"), "7");
    EXPECT_EQ(world.new_events(), (Types{"contact.merged", "contact.changed"}));
    EXPECT_EQ(world.call("GET", path(bob)).status, 404);
    EXPECT_EQ(ids_of(world.good("GET", path(ana) + "/conversations")), Types{talk});
    EXPECT_EQ(world.good("GET", "/conversation/" + talk + "/messages/9").text("messages.0.contactId"), ana);
}

TEST_F(ContactsApi, AMergeTellsWhatItDropsOnceInAllAndOfEachContact) {
    const auto bob = make(R"("firstName":"Ána","lastName":"Berg","email":"bob@x.example")");
    const auto eve = make(R"("email":"eve@x.example","picture":"https://x.example/eve.png")");
    const auto kim = make(R"("picture":"https://x.example/kim.png","metadata":{"a":1})");
    for (const auto& [id, value] : {std::pair(ana, "1"), std::pair(bob, "2")}) {
        world.good("POST", "/contacts/variables",
                   R"({"id":")" + id + R"(","key":"plan","source":"human","value":)" + value + '}');
    }
    const auto merged = merge('"' + bob + R"(",")" + eve + R"(",")" + kim + '"').at("merged");
    EXPECT_EQ(merged.at("variablesDropped"), 1);
    EXPECT_EQ(merged.at("membersDropped"), (boost::json::array{"email", "lastName", "picture"}));
    std::map<std::string, boost::json::value> told;
    const auto events = world.good("GET", "/events").at("data");
    for (const auto& event : events.as_array()) {
        if (event.at("type") == "contact.merged") told[std::string(event.at("subjectId").as_string())] = event.at("to");
    }
    const auto dropped = [&](boost::json::array members, boost::json::array variables) {
        return boost::json::object{
            {"mergedInto", ana}, {"membersDropped", std::move(members)}, {"variablesDropped", std::move(variables)}};
    };
    EXPECT_EQ(told, (std::map<std::string, boost::json::value>{{bob, dropped({"email", "lastName"}, {"plan"})},
                                                               {eve, dropped({"email"}, {})},
                                                               {kim, dropped({"picture"}, {})}}));
}

TEST_F(ContactsApi, AMergeRefusesWhatItCannotMerge) {
    const auto attempt = [&](const std::string& ids) {
        return world.call("POST", "/contacts/merge", R"({"id":")" + ana + R"(","mergeIds":)" + ids + '}');
    };
    std::string many = "[";
    for (int made = 0; made < 51; ++made) many += "\"a" + std::to_string(made) + "\",";
    many.back() = ']';
    for (const auto& ids : {std::string("[]"), "[\"" + ana + "\"]", many}) {
        const auto answer = attempt(ids);
        EXPECT_EQ(answer.status, 400) << ids;
        EXPECT_EQ(answer.bad_fields(), Types{"mergeIds"});
    }
    EXPECT_EQ(attempt(R"(["nobody"])").status, 404);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(ContactsApi, WithVeryManyConversationsAJobDoesTheRest) {
    const auto bob = make(R"("firstName":"Bob")");
    give(bob, 1'200);
    EXPECT_EQ(merge('"' + bob + '"').at("merged.conversations"), 1'200);
    EXPECT_EQ(held_by(ana), 1'000);
    world.good("DELETE", path(ana));  // while 200 of Bob's are still on their way to her
    EXPECT_EQ(held_by(bob), 200);
    world.run_jobs();
    EXPECT_EQ(held_by(ana) + held_by(bob), 0);
    EXPECT_EQ(found(""), Types{});
}

TEST_F(ContactsApi, AMergeOfManyDoesNoMoreAtOnceThanAMergeOfOne) {
    const auto bob = make(R"("firstName":"Bob")");
    const auto eve = make(R"("firstName":"Eve")");
    give(bob, 700);
    give(eve, 700);
    EXPECT_EQ(merge('"' + bob + R"(",")" + eve + '"').at("merged.conversations"), 1'400);
    EXPECT_EQ(held_by(ana), 1'000);
    world.run_jobs();
    EXPECT_EQ(held_by(ana), 1'400);
}

TEST_F(ContactsApi, WhatIsOnItsWayToAnotherContactIsFoundThereAlready) {
    const auto agent = world.good("POST", "/agents", R"({"name":"Bot"})").text("id");
    const auto bob = make(R"("firstName":"Bob")");
    give(bob, 1'200);
    const auto talk = talk_with(bob, R"(,"channel":"api","agentId":")" + agent + '"');  // the last to pass on
    const auto check = [&] {
        EXPECT_EQ(world.good("GET", "/conversation/" + talk).text("participantsContacts.0.id"), ana);
        const auto newest = ids_of(world.good("GET", path(ana) + "/conversations?limit=1"));
        EXPECT_EQ(newest, Types{talk});
        const auto body = R"({"message":"Hi","channel":"api","agentId":")" + agent + R"("})";
        EXPECT_EQ(world.call("POST", "/conversation/message/phone/49301", body).status, 200);
        EXPECT_EQ(world.call("POST", "/conversation/message/email/ana@x.example", body).status, 200);
        EXPECT_EQ(world.call("GET", "/contacts/variables?id=" + talk).status, 200);
    };
    merge('"' + bob + '"');
    EXPECT_EQ(held_by(bob), 201);
    check();
    const auto merged = '"' + ana + '"';
    ana = make(R"("firstName":"Eve")");
    EXPECT_EQ(merge(merged).at("merged.conversations"), 1'201);
    check();
    world.run_jobs();
    EXPECT_EQ(held_by(ana), 1'201);
    check();
}

}  // namespace
}  // namespace etapa::api
