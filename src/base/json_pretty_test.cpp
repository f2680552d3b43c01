#include "base/json_pretty.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace etapa::json {
namespace {

TEST(JsonPretty, KeepsWhatIsShortOnOneLine) {
    EXPECT_EQ(pretty(boost::json::parse(R"({"a": [1, 2], "b": {}})")), "{\"a\":[1,2],\"b\":{}}\n");
}

TEST(JsonPretty, IndentsWhatIsLongAndKeepsTheOrder) {
    const std::string text(110, 'x');
    EXPECT_EQ(pretty(boost::json::parse(R"({"z":")" + text + R"(","a":{"c":[]}})")),
              "{\n  \"z\": \"" + text + "\",\n  \"a\": {\"c\":[]}\n}\n");
}

TEST(JsonPretty, SaysTheSame) {
    const auto value =
        boost::json::parse(R"({"list":["{",",","[",)" + std::string(200, '1') + R"(e-190],"quoted":"\"\\"})");
    EXPECT_EQ(boost::json::parse(pretty(value)), value);
}

}  // namespace
}  // namespace etapa::json
