#include "api/test_conversations.hpp"

namespace etapa::api {
namespace {

using Types = std::vector<std::string>;

// A world with a conversation, whose events were taken already.
class NotesApi : public testing::Test {
protected:
    NotesApi() : family("/conversations/" + world.conversation() + "/notes") { world.new_events(); }

    std::string write(const std::string& members) {
        const auto answer = world.call("POST", family, '{' + members + '}');
        EXPECT_EQ(answer.status, 201) << answer.body;
        return family + '/' + answer.text("id");
    }

    World world;
    std::string family;
};

TEST_F(NotesApi, ANoteHasExactlyTheMembersOfTheFacts) {
    write(R"("note":"Call","isPrivate":true,"isJustify":true,"notificationDateTime":"2026-04-01T10:00:00")");
    const auto answer = world.good("GET", family);
    ASSERT_TRUE(answer.json.is_array());
    Types names;
    const auto shown = answer.at("0");
    for (const auto& member : shown.as_object()) names.emplace_back(member.key());
    EXPECT_EQ(names, (Types{"id", "organizationId", "conversationId", "note", "isPrivate", "isJustification",
                            "notificationDateTime", "sendDesktopNotification", "userId", "userEmail", "createdAt",
                            "updatedAt"}));
    EXPECT_EQ(answer.at("0.isJustification"), true);
    EXPECT_EQ(answer.at("0.isPrivate"), true);
    EXPECT_EQ(answer.text("0.notificationDateTime"), "2026-04-01T10:00:00.000Z");
    EXPECT_EQ(answer.text("0.userId") + answer.text("0.userEmail"), "");
    EXPECT_EQ(world.new_events(), Types{"note.created"});
}

TEST_F(NotesApi, TheOlderNameOfTheTextIsReadToo) {
    write(R"("content":"Old")");
    write(R"("note":"New","content":"Old")");
    const auto answer = world.good("GET", family);
    EXPECT_EQ(answer.text("0.note"), "Old");
    EXPECT_EQ(answer.text("1.note"), "New");
}

TEST_F(NotesApi, LengthsCountCharacters) {
    std::string text;
    for (int made = 0; made < 500; ++made) text += "é";
    const auto note = write(R"("note":")" + text + '"');
    for (const std::string member : {"note", "content"}) {
        std::string body = R"({")";
        body.append(member).append(R"(":")").append(text).append(R"(x"})");
        for (const auto& answer : {world.call("POST", family, body), world.call("PUT", note, body)}) {
            EXPECT_EQ(answer.status, 400);
            EXPECT_EQ(answer.bad_fields(), Types{member});
        }
    }
}

TEST_F(NotesApi, EveryBadMemberIsNamed) {
    EXPECT_EQ(world.call("POST", family).bad_fields(), Types{"note"});
    EXPECT_EQ(world.call("POST", family, R"({"note":null})").bad_fields(), Types{"note"});
    EXPECT_EQ(world.call("POST", family, R"({"content":" "})").bad_fields(), Types{"content"});
    EXPECT_EQ(world.call("POST", family, R"({"note":5,"isPrivate":"yes","isJustify":1,"notificationDateTime":"soon"})")
                  .bad_fields(),
              (Types{"note", "isPrivate", "isJustify", "notificationDateTime"}));
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(NotesApi, PutAndPatchChangeOnlyWhatIsSent) {
    const auto note = write(R"("note":"Call","isJustify":true,"notificationDateTime":"2026-04-01")");
    world.new_events();
    world.clock().advance(seconds(5));
    const auto put = world.good("PUT", note, R"({"note":"Call back"})");
    EXPECT_EQ(put.text("note"), "Call back");
    EXPECT_EQ(put.at("isJustification"), true);
    EXPECT_EQ(put.text("updatedAt"), "2026-03-01T09:00:05.000Z");
    const auto patched = world.good("PATCH", note, R"({"notificationDateTime":null,"content":"Now"})");
    EXPECT_EQ(patched.text("note"), "Now");
    EXPECT_TRUE(patched.at("notificationDateTime").is_null());
    EXPECT_EQ(world.new_events(), (Types{"note.changed", "note.changed"}));
    EXPECT_EQ(world.good("PUT", note).json, patched.json);
    EXPECT_EQ(world.good("GET", note).json, patched.json);
    EXPECT_EQ(world.good("GET", family).at("0"), patched.json);
    EXPECT_EQ(world.new_events(), Types{});
}

TEST_F(NotesApi, DeletingAnswers204WithoutABody) {
    const auto note = write(R"("note":"Call")");
    world.new_events();
    const auto answer = world.call("DELETE", note);
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(world.new_events(), Types{"note.deleted"});
    EXPECT_EQ(world.call("DELETE", note).status, 404);
    EXPECT_EQ(world.good("GET", family).json, boost::json::array{});
}

TEST_F(NotesApi, ANoteBelongsToOneConversation) {
    const auto note = write(R"("note":"Call")");
    const auto id = note.substr(note.rfind('/'));
    const auto other = "/conversation/" + world.conversation() + "/notes" + id;
    const auto key = world.second_organization_key();
    world.new_events();
    for (const std::string_view method : {"GET", "PUT", "PATCH", "DELETE"}) {
        const std::string_view body = method == "GET" ? "" : "{}";
        EXPECT_EQ(world.call(method, other, body).status, 404) << method;
        EXPECT_EQ(world.call(method, "/conversations/nobody/notes" + id, body).status, 404) << method;
        EXPECT_EQ(world.call_as(key, method, note, body).status, 404) << method;
    }
    EXPECT_EQ(world.call("GET", "/conversation/nobody/notes").status, 404);
    EXPECT_EQ(world.call("POST", "/conversation/nobody/notes", R"({"note":"x"})").status, 404);
    EXPECT_EQ(world.new_events(), Types{});
}

}  // namespace
}  // namespace etapa::api
