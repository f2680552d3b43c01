#include "work/post.hpp"

#include <gtest/gtest.h>

namespace etapa::work {
namespace {

TEST(RetryAfter, IsASpanOrADate) {
    const Time now = *parse_time("2026-03-01T09:00:00.000Z");
    EXPECT_EQ(parse_retry_after("120", now), seconds(120));
    EXPECT_EQ(parse_retry_after("0", now), seconds(0));
    EXPECT_EQ(parse_retry_after("Sun, 01 Mar 2026 09:01:00 GMT", now), seconds(60));
    for (const auto* nothing : {"", "soon", "-5", "1.5", "Sun, 01 Mar 2026 08:59:00 GMT"}) {
        EXPECT_EQ(parse_retry_after(nothing, now).value_or(Duration{}), Duration{}) << nothing;
    }
}

TEST(Refusal, IsALineWithTheBeginningOfTheAnswer) {
    const std::string much(300, 'x');
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "."},
        {" \r\n", "."},
        {"No\r\nroom\n", ": No  room"},
        {much, ": " + much.substr(0, 200)},
        {much.substr(0, 199) + "é", ": " + much.substr(0, 199)},
        {"caf\xE9", ": caf?"},
    };
    for (const auto& [body, end] : cases) {
        net::OutboundAnswer answer;
        answer.status = 503;
        answer.body = body;
        EXPECT_EQ(refusal(answer), "The receiver answered 503" + end);
    }
}

}  // namespace
}  // namespace etapa::work
