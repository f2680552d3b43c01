#include "support/schema_check.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace etapa::tests {
namespace {

struct SchemaCase {
    std::string name;
    std::string schema;
    std::string fits;     // JSON
    std::string misfits;  // JSON
};

const ApiDescription& shop() {
    static const ApiDescription description(R"({
        "paths": {"/item/{id}": {"get": {"responses": {
            "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
            "404": {"$ref": "#/components/responses/NotFound"}}}}},
        "components": {
            "schemas": {"Item": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
                        "Error": {"type": "object", "properties": {"error": {"type": "string"}}}},
            "responses": {"NotFound": {"content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/Error"}}}}}}})");
    return description;
}

bool fits(const std::string& json, const std::string& schema) {
    return shop().misfits(boost::json::parse(json), boost::json::parse(schema).get_object()).empty();
}

class SchemaForms : public testing::TestWithParam<SchemaCase> {};

TEST_P(SchemaForms, TellsWhatFitsFromWhatDoesNot) {
    EXPECT_TRUE(fits(GetParam().fits, GetParam().schema));
    EXPECT_FALSE(fits(GetParam().misfits, GetParam().schema));
}

INSTANTIATE_TEST_SUITE_P(
    , SchemaForms,
    testing::ValuesIn(std::vector<SchemaCase>{
        {"Type", R"({"type":"string"})", R"("a")", "1"},
        {"Boolean", R"({"type":"boolean"})", "true", R"("true")"},
        {"Null", R"({"type":"null"})", "null", "0"},
        {"Integer", R"({"type":"integer"})", "2", "2.5"},
        {"Number", R"({"type":"number"})", "2.5", R"("2.5")"},
        {"Reference", R"({"$ref":"#/components/schemas/Item"})", R"({"name":"a"})", R"({"name":1})"},
        {"RequiredMember", R"({"$ref":"#/components/schemas/Item"})", R"({"name":"a"})", "{}"},
        {"UndescribedMember", R"({"$ref":"#/components/schemas/Item"})", R"({"name":"a"})", R"({"name":"a","b":1})"},
        {"OptionalMember", R"({"type":"object","properties":{"a":{"type":"null"}}})", "{}", R"({"a":1})"},
        {"Items", R"({"type":"array","items":{"type":"integer"}})", "[1,2]", "[1,null]"},
        {"ItemsMax", R"({"type":"array","items":{"type":"integer"},"maxItems":1})", "[1]", "[1,2]"},
        {"AnyOf", R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "null", "1"},
        {"Enum", R"({"type":"string","enum":["a","b"]})", R"("b")", R"("c")"},
        {"OthersOfAKind", R"({"type":"object","additionalProperties":{"type":"integer"}})", R"({"a":1})",
         R"({"a":"1"})"},
        {"OthersFree", R"({"type":"object","additionalProperties":true})", R"({"a":[]})", "[]"},
        {"Minimum", R"({"type":"integer","minimum":1})", "1", "0"},
        {"Maximum", R"({"type":"integer","maximum":1})", "1", "2"},
        {"ShortText", R"({"type":"string","minLength":1})", R"("a")", R"("")"},
        {"LongText", R"({"type":"string","maxLength":2})", R"("äö")", R"("abc")"},
        {"Pattern", R"({"type":"string","pattern":"^a+$"})", R"("aa")", R"("ab")"},
        {"Time", R"({"type":"string","format":"date-time"})", R"("2026-02-20T14:15:00.000Z")", R"("2026-02-20")"},
        {"Email", R"({"type":"string","format":"email"})", R"("a@b.example")", R"("a")"},
        {"Address", R"({"type":"string","format":"uri"})", R"("https://a.example/b")", R"("a.example")"},
    }),
    [](const auto& info) { return info.param.name; });

TEST(SchemaCheck, RefusesObjectsWithoutDescribedMembers) { EXPECT_FALSE(fits("{}", R"({"type":"object"})")); }

TEST(SchemaCheck, RefusesSchemasThatSayNothing) { EXPECT_FALSE(fits("1", "{}")); }

TEST(SchemaCheck, RefusesKeywordsThatItDoesNotKnow) { EXPECT_FALSE(fits("1", R"({"type":"integer","multipleOf":1})")); }

struct AnswerCase {
    std::string name;
    int status = 200;
    std::string body = R"({"name":"a"})";
    std::string content_type = "application/json; charset=utf-8";
    std::string route = "/item/{id}";
};

bool is_as_described(const AnswerCase& answer) {
    net::Response response;
    response.status = answer.status;
    response.body = answer.body;
    response.content_type = answer.content_type;
    response.route = answer.route;
    return shop().misfits(net::Request{}, response).empty();
}

class WrongAnswers : public testing::TestWithParam<AnswerCase> {};

TEST_P(WrongAnswers, AreRefused) { EXPECT_FALSE(is_as_described(GetParam())); }

INSTANTIATE_TEST_SUITE_P(, WrongAnswers,
                         testing::ValuesIn(std::vector<AnswerCase>{
                             {.name = "AStatusThatIsNotDescribed", .status = 500},
                             {.name = "ARouteThatIsNotDescribed", .route = "/other"},
                             {.name = "AnotherMediaType", .content_type = "text/html"},
                             {.name = "TextInPlaceOfJson", .body = "no"},
                             {.name = "TheBodyOfAnotherStatus", .status = 404},
                             {.name = "ASuccessWithoutARoute", .route = ""},
                         }),
                         [](const auto& info) { return info.param.name; });

TEST(AnswerCheck, TakesWhatIsDescribed) {
    EXPECT_TRUE(is_as_described({.name = "", .body = R"({"name":"a"})"}));
    EXPECT_TRUE(is_as_described({.name = "", .status = 404, .body = R"({"error":"no"})"}));
    EXPECT_TRUE(is_as_described({.name = "", .status = 404, .body = R"({"error":"no"})", .route = ""}));
}

}  // namespace
}  // namespace etapa::tests
