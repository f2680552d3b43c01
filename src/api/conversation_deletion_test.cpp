// Deleting a conversation with all that belongs to it, at once and by a job, and what readers see meanwhile (R95).
#include "api/test_conversations.hpp"
#include "api/test_occupants.hpp"
#include "crm/messages/store.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

class ConversationDeletion : public testing::Test {
protected:
    ConversationDeletion() {
        world.member("ana@acme.example");
        const auto scenario = world.scenario();
        const auto last = world.step(scenario, "Last");
        step = world.step(scenario, "First", R"("autoNextTime":60,"autoNextStepId":")" + last + '"');
        gone = full();
        stays = full();
        world.new_events();
    }

    // A conversation that has one of everything.
    std::string full() {
        const auto id = world.conversation(R"("contact":{"firstName":"Ana"})");
        world.place(id, step);
        message =
            world.good("POST", "/conversations/" + id + "/message-register", R"({"message":"Hi"})").text("message.id");
        world.good("POST", "/conversation/" + id + "/tags", R"({"tagName":"vip"})");
        world.good("POST", "/conversation/" + id + "/variables", R"({"key":"plan","value":"gold"})");
        world.good("POST", "/conversation/" + id + "/assign", R"({"email":"ana@acme.example"})");
        change(world, id,
               "INSERT INTO note (organization_id, id, conversation_id, note, is_private, is_justification,"
               " send_desktop_notification, user_id, user_email, created_at, updated_at)"
               " VALUES ($1, 'n' || $2, $2, 'Note', FALSE, FALSE, FALSE, '', '', 1, 1)");
        change(world, id,
               "INSERT INTO blob (organization_id, id, conversation_id, name, mime_type, size, bytes, created_at)"
               " VALUES ($1, 'b' || $2, $2, 'a', 'image/png', 1, 'x', 1)");
        return id;
    }
    // All rows that belong to conversations, but for those of `stays`.
    std::int64_t belongings() {
        return count_rows(world, "message") + count_rows(world, "stay") + count_rows(world, "note") +
               count_rows(world, "blob") + count_rows(world, "conversation_variable") +
               count_rows(world, "conversation_tag") + count_rows(world, "conversation_assignee") +
               count_rows(world, "placement") + count_rows(world, "job WHERE kind = 'timer.fire'") - 9;
    }
    void add_messages(int count) {
        auto fill = [&](WriteTx& tx) {
            for (int number = 0; number < count; ++number) {
                Message more;
                more.conversation_id = {gone};
                messages::append(tx, std::move(more));
            }
        };
        world.database().write_now(world.caller(), fill);
    }
    void remove() {
        const auto answer = world.good("DELETE", "/conversation/" + gone);
        EXPECT_EQ(answer.body, R"({"success":true,"message":"Conversation deleted."})");
    }
    void expect_gone() {
        for (const std::string& path :
             {"/conversation/" + gone, "/conversations/" + gone + "/messages/5", "/conversations/" + gone + "/tags",
              "/variables/" + gone, "/variables/" + gone + "/plan", "/messages/" + message,
              "/conversation/" + gone + "/explain"}) {
            EXPECT_EQ(world.call("GET", path).status, 404) << path;
        }
        EXPECT_EQ(world.call("DELETE", "/conversations/" + gone).status, 404);
        EXPECT_EQ(world.call("POST", "/conversation/" + gone + "/resolve").status, 404);
        EXPECT_EQ(ids_of(world.good("GET", "/conversation")), Types{stays});
        EXPECT_EQ(world.good("GET", "/conversations/history").at("data").as_array().size(), 1);
        EXPECT_EQ(world.good("GET", "/crm/conversationLog").at("pagination.total"), 1);
        EXPECT_EQ(world.good("GET", "/crm/conversation/count").at("data.total"), 1);
        EXPECT_EQ(count_rows(world, "member_load WHERE open <> 1"), 1);  // the owner's
        EXPECT_EQ(count_rows(world, "placement"), 1);
    }

    World world;
    std::string step;
    std::string message;
    std::string gone;
    std::string stays;
};

TEST_F(ConversationDeletion, TakesEverythingThatBelongsToIt) {
    message = world.good("GET", "/conversation/" + gone + "/messages").text("messages.0.id");
    EXPECT_EQ(belongings(), 9);
    remove();
    EXPECT_EQ(world.new_events(), Types{"conversation.deleted"});
    EXPECT_EQ(belongings(), 0);
    EXPECT_EQ(count_rows(world, "conversation"), 1);
    EXPECT_EQ(count_rows(world, "job WHERE key LIKE 'deletion:conversation:%'"), 0);
    expect_gone();
    EXPECT_EQ(world.good("GET", "/conversation/" + stays + "/messages/5").at("messages").as_array().size(), 1);
}

TEST_F(ConversationDeletion, OfVeryManyRowsIsFinishedByAJobAndSeenAtOnce) {
    message = world.good("GET", "/conversation/" + gone + "/messages").text("messages.0.id");
    const auto log = world.good("GET", "/crm/conversationLog?conversationId=" + gone).text("data.0.id");
    add_messages(1'700);
    remove();
    EXPECT_EQ(count_rows(world, "message"), 702);
    EXPECT_EQ(world.call("GET", "/crm/conversationLog/" + log).status, 404);
    expect_gone();
    world.run_jobs();
    EXPECT_EQ(belongings(), 0);
    EXPECT_EQ(count_rows(world, "conversation"), 1);
    EXPECT_EQ(world.new_events(), Types{"conversation.deleted"});
    expect_gone();
}

TEST_F(ConversationDeletion, ItsTimerNeverFires) {
    remove();
    world.new_events();
    world.pass(seconds(3'600));
    EXPECT_EQ(world.new_events(), Types{"step.entered"});  // of the other one
}

TEST_F(ConversationDeletion, ATombstoneCannotBePlacedMovedOrWrittenTo) {
    add_messages(1'500);
    remove();
    world.new_events();
    const auto body = R"({"conversationId":")" + gone + R"(","stepId":")" + step + R"(","destStepId":")" + step +
                      R"(","varName":"a","varValue":"b"})";
    for (const auto* path : {"/crm/step/conversation", "/crm/step/move", "/variables"}) {
        EXPECT_EQ(world.call("POST", path, body).status, 404) << path;
    }
    EXPECT_EQ(world.call("POST", "/conversation/message/conversationId/" + gone, R"({"message":"Hi"})").status, 404);
    EXPECT_EQ(world.new_events(), Types{});
}

}  // namespace
}  // namespace etapa::api
