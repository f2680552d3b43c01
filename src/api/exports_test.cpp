// Conversations as files: what stands in them, and that they are whole however large they are.
#include "api/test_conversations.hpp"

#include <boost/json/parse.hpp>

#include <sstream>

namespace etapa::api {
namespace {

std::vector<boost::json::value> lines_of(const std::string& body) {
    std::vector<boost::json::value> lines;
    std::istringstream stream(body);
    for (std::string line; std::getline(stream, line);) lines.push_back(boost::json::parse(line));
    return lines;
}

std::vector<std::string> ids_of(const std::vector<boost::json::value>& lines) {
    std::vector<std::string> ids;
    for (const auto& line : lines) ids.emplace_back(line.at("id").get_string());
    return ids;
}

class Exports : public testing::Test {
protected:
    std::string talk(int messages) {
        const auto id = world.conversation();
        for (int count = 0; count < messages; ++count) {
            world.good("POST", "/conversations/" + id + "/message-register",
                       R"({"message":"Message )" + std::to_string(count) + R"("})");
        }
        return id;
    }

    World world;
};

TEST_F(Exports, OneConversationHasAllItsMessagesInOrder) {
    const auto id = talk(120);  // more than are read at once
    for (const std::string path : {"/conversation/", "/conversations/", "/api/conversations/"}) {
        const auto answer = world.good("GET", path + id + "/export");
        EXPECT_EQ(answer.at("success"), true);
        EXPECT_EQ(answer.text("data.id"), id);
        EXPECT_EQ(answer.text("data.channel"), "api");
        const auto messages = answer.at("data.messages");
        ASSERT_EQ(messages.as_array().size(), 120);
        for (std::size_t at = 0; at < 120; ++at) {
            EXPECT_EQ(messages.as_array()[at].at("text").as_string(), "Message " + std::to_string(at));
        }
    }
    EXPECT_EQ(world.call("GET", "/conversations/nobody/export").status, 404);
}

TEST_F(Exports, AConversationWithoutMessagesHasAnEmptyList) {
    const auto id = world.conversation();
    EXPECT_EQ(world.good("GET", "/conversations/" + id + "/export").at("data.messages"), boost::json::array());
}

TEST_F(Exports, EveryConversationIsOneLineNewestFirst) {
    std::vector<std::string> made;
    for (int count = 0; count < 230; ++count) made.insert(made.begin(), world.conversation());  // three pages
    const auto answer = world.good("GET", "/conversations/export");
    const auto lines = lines_of(answer.body);
    EXPECT_EQ(ids_of(lines), made);
    for (const auto& line : lines) EXPECT_TRUE(line.at("messages").is_array());
    EXPECT_EQ(world.good("GET", "/conversation/export?format=jsonl&limit=1").body, answer.body);
}

TEST_F(Exports, LongConversationsGoOverManyPieces) {
    const std::string long_text(90'000, 'x');
    const auto id = world.conversation();
    for (int count = 0; count < 4; ++count) {
        world.good("POST", "/conversations/" + id + "/message-register", R"({"message":")" + long_text + R"("})");
    }
    const auto other = talk(3);
    const auto lines = lines_of(world.good("GET", "/conversations/export").body);
    EXPECT_EQ(ids_of(lines), (std::vector<std::string>{other, id}));
    EXPECT_EQ(lines[0].at("messages").as_array().size(), 3);
    EXPECT_EQ(lines[1].at("messages").as_array().size(), 4);
}

TEST_F(Exports, TakeTheFiltersOfTheList) {
    const auto id = world.conversation(R"("status":"RESOLVED")");
    world.conversation();
    EXPECT_EQ(ids_of(lines_of(world.good("GET", "/conversations/export?status=RESOLVED").body)),
              std::vector<std::string>{id});
    EXPECT_EQ(world.good("GET", "/conversations/export?tag=none").body, "");
    EXPECT_EQ(world.call("GET", "/conversations/export?status=waiting").bad_fields(),
              std::vector<std::string>{"status"});
    EXPECT_EQ(world.call("GET", "/conversations/export?crmStepId=a").status, 400);
}

TEST_F(Exports, CsvHasAHeaderLineAndARowForEach) {
    const auto id = world.conversation(
        R"("title":"Hi, \"Ana\"","contact":{"firstName":"=1+1","phoneNumber":"+55 11","email":"ana@x.example"})");
    world.good("POST", "/conversations/" + id + "/tags", R"({"tagName":"vip"})");
    const auto answer = world.good("GET", "/conversations/export?format=csv");
    const auto end = answer.body.find("\r\n");
    EXPECT_TRUE(answer.body.starts_with("id,title,channel,status,")) << answer.body;
    const auto row = answer.body.substr(end + 2);
    EXPECT_TRUE(row.starts_with(id + R"(,"Hi, ""Ana""",api,UNRESOLVED,MEDIUM,true,,)")) << row;
    EXPECT_NE(row.find(R"(,"'=1+1",,ana@x.example,+55 11,,vip,0,2026-)"), std::string::npos) << row;
    EXPECT_TRUE(row.ends_with("Z\r\n"));
    for (int count = 0; count < 120; ++count) world.conversation();
    const auto all = world.good("GET", "/conversations/export?format=csv").body;
    EXPECT_EQ(std::ranges::count(all, '\n'), 122);
}

TEST_F(Exports, OtherFormatsAreRefused) {
    for (const std::string format : {"xlsx", "JSONL", ""}) {
        const auto refused = world.call("GET", "/conversations/export?format=" + format);
        EXPECT_EQ(refused.status, 400) << format;
        EXPECT_EQ(refused.bad_fields(), std::vector<std::string>{"format"});
    }
}

}  // namespace
}  // namespace etapa::api
