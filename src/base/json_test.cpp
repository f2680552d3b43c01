#include "base/changes.hpp"
#include "base/json_read.hpp"
#include "base/json_write.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace etapa {
namespace {

enum class Colour : std::uint8_t { red, green };
constexpr auto names(Colour) { return std::to_array<std::string_view>({"RED", "GREEN"}); }

struct Wheel {
    std::optional<Name> maker;
    std::optional<Within<1, 40>> size;

    static consteval auto fields() {
        return describe(field("maker", &Wheel::maker, "Who made it."), field("size", &Wheel::size, "In inches."));
    }
    bool operator==(const Wheel&) const = default;
};

using BikeId = Id<struct Bike>;

struct Bike {
    BikeId id;
    Name name;
    std::optional<Colour> colour;
    std::optional<BikeId> twin_id;
    std::optional<std::int64_t> gears;
    double weight = 0;
    bool is_new = false;
    std::vector<std::string> labels;
    std::optional<Wheel> wheel;
    std::optional<Time> sold_at;
    JsonObject extra;
    std::optional<ShortText> remark;
    std::string secret = "kept";

    static consteval auto fields() {
        return describe(
            field("id", &Bike::id, "Identity.", server_set), field("name", &Bike::name, "Title.", required),
            field("colour", &Bike::colour, "Colour."), field("twinId", &Bike::twin_id, "A bike like it."),
            field("gears", &Bike::gears, "How many gears."), field("weight", &Bike::weight, "In kilograms."),
            field("isNew", &Bike::is_new, "Never ridden."), field("labels", &Bike::labels, "Labels."),
            field("wheel", &Bike::wheel, "Its wheels.", also_flat),
            field("soldAt", &Bike::sold_at, "When it was sold."), field("extra", &Bike::extra, "More."),
            field("remark", &Bike::remark, "Remark."), field("secret", &Bike::secret, "Never shown.", internal));
    }
};

std::string told(const BadFields& bad) {
    std::string text;
    for (const auto& field : bad.list()) text += (text.empty() ? "" : "; ") + field.path + ' ' + field.message;
    return text;
}

std::string written(const Bike& bike) { return json::to_text(bike); }

// What is wrong with a body, in the words of the answer.
struct BadCase {
    std::string_view name;
    std::string body;
    std::string told;
};

void PrintTo(const BadCase& bad, std::ostream* out) { *out << bad.body; }
constexpr auto by_name = [](const auto& info) { return std::string(info.param.name); };

class BadBody : public testing::TestWithParam<BadCase> {};

TEST_P(BadBody, IsToldByNameAtCreation) {
    EXPECT_EQ(told(New<Bike>(json::parse_object(GetParam().body)).bad()), GetParam().told);
}

TEST_P(BadBody, IsToldByNameAtChange) {
    const Patch<Bike> patch(json::parse_object(GetParam().body));
    EXPECT_EQ(told(patch.bad()), GetParam().told);
}

INSTANTIATE_TEST_SUITE_P(
    , BadBody,
    testing::ValuesIn(std::vector<BadCase>{
        {"Nothing", R"({"name": "a"})", ""},
        {"UnknownMembersAreTolerated", R"({"name": "a", "nonsense": {"x": [1]}})", ""},
        {"BlankName", R"({"name": " \t"})", "name must not be blank"},
        {"LongName", R"({"name": ")" + std::string(201, 'x') + R"("})", "name must have at most 200 characters"},
        {"TextExpected", R"({"name": 5})", "name must be a text"},
        {"NulInText", R"({"name": "a\u0000b"})", "name must be valid Unicode without NUL"},
        {"WrongEnum", R"({"name": "a", "colour": "red"})", "colour must be one of RED, GREEN"},
        {"EnumIsNoNumber", R"({"name": "a", "colour": 1})", "colour must be one of RED, GREEN"},
        {"EmptyId", R"({"name": "a", "twinId": ""})", "twinId must be an id"},
        {"LongId", R"({"name": "a", "twinId": ")" + std::string(101, 'x') + R"("})", "twinId must be an id"},
        {"FractionalNumber", R"({"name": "a", "gears": 1.5})", "gears must be a whole number"},
        {"HugeNumber", R"({"name": "a", "gears": 9223372036854775808})", "gears must be a whole number"},
        {"HugeDouble", R"({"name": "a", "gears": 1e300})", "gears must be a whole number"},
        {"NumberInText", R"({"name": "a", "gears": "7"})", "gears must be a whole number"},
        {"NotANumber", R"({"name": "a", "weight": "heavy"})", "weight must be a number"},
        {"NotABool", R"({"name": "a", "isNew": "true"})", "isNew must be true or false"},
        {"NotAList", R"({"name": "a", "labels": "x"})", "labels must be a list of at most 1000 items"},
        {"BadItems", R"({"name": "a", "labels": ["x", 1, null]})", "labels.1 must be a text; labels.2 must be a text"},
        {"NotAnObject", R"({"name": "a", "wheel": 3, "extra": []})",
         "wheel must be an object; extra must be an object"},
        {"NulInExtra", R"({"name": "a", "extra": {"a": "\u0000"}})",
         "extra must be at most 65536 bytes of JSON without NUL"},
        {"BadTime", R"({"name": "a", "soldAt": "yesterday"})",
         "soldAt must be a date and time such as 2026-02-20T14:15:00.000Z"},
        {"NestedByDottedPath", R"({"name": "a", "wheel": {"size": 41, "maker": ""}})",
         "wheel.maker must not be blank; wheel.size must be a whole number from 1 to 40"},
        {"FlatByItsOwnName", R"({"name": "a", "wheelSize": 0})", "wheelSize must be a whole number from 1 to 40"},
        {"EveryOne", R"({"name": "", "colour": "x", "gears": 0.5, "wheelMaker": 1})",
         "name must not be blank; colour must be one of RED, GREEN; gears must be a whole number; wheelMaker must be a "
         "text"}}),
    by_name);

TEST(NewBody, ARequiredMemberMustBeThere) {
    EXPECT_EQ(told(New<Bike>(json::parse_object("{}")).bad()), "name is required");
    EXPECT_EQ(told(New<Bike>(json::parse_object(R"({"name": null})")).bad()), "name is required");
    EXPECT_EQ(told(Patch<Bike>(json::parse_object("{}")).bad()), "");
}

TEST(NewBody, ServerSetAndInternalMembersAreIgnored) {
    const New<Bike> wanted(json::parse_object(R"({"name": "a", "id": "mine", "secret": "stolen"})"));
    EXPECT_EQ(wanted.entity().id.value, "");
    EXPECT_EQ(wanted.entity().secret, "kept");
    EXPECT_TRUE(wanted.bad().empty());
}

struct ChangeCase {
    std::string_view name;
    std::string body;
    std::string changed;  // the members of the answer that differ from `before`
};

void PrintTo(const ChangeCase& change, std::ostream* out) { *out << change.body; }

Bike before() {
    Bike bike;
    bike.id = {"b"};
    bike.name = {"Old"};
    bike.colour = Colour::red;
    bike.twin_id = BikeId{"t"};
    bike.gears = 7;
    bike.is_new = true;
    bike.labels = {"x"};
    bike.wheel = Wheel{Name{"W"}, Within<1, 40>{28}};
    bike.remark = ShortText{"r"};
    return bike;
}

// The members of `after` whose values differ, as `name=value`.
std::string difference(const Bike& after) {
    const auto old = boost::json::parse(written(before())).as_object();
    std::string text;
    const auto now = boost::json::parse(written(after)).as_object();
    for (const auto& [name, value] : now) {
        if (old.at(name) == value) continue;
        text += (text.empty() ? "" : " ") + std::string(name) + '=' + boost::json::serialize(value);
    }
    return text;
}

class Change : public testing::TestWithParam<ChangeCase> {};

TEST_P(Change, TouchesWhatItNames) {
    const Patch<Bike> patch(json::parse_object(GetParam().body));
    EXPECT_EQ(told(patch.bad()), "");
    EXPECT_EQ(difference(patch.applied_to(before())), GetParam().changed);
}

INSTANTIATE_TEST_SUITE_P(
    , Change,
    testing::ValuesIn(std::vector<ChangeCase>{
        {"Nothing", R"({"id": "b"})", ""},
        {"AValueIsSet", R"({"name": "New", "gears": 3})", R"(name="New" gears=3)"},
        {"AWholeDoubleIsAWholeNumber", R"({"gears": 3.0})", "gears=3"},
        {"NullClears", R"({"colour": null, "gears": null, "remark": null})", "colour=null gears=null remark=null"},
        {"TheTextNullClearsEnumsIdsAndNumbers", R"({"colour": "null", "gears": "null", "twinId": "null"})",
         "colour=null twinId=null gears=null"},
        {"TheTextNullIsATextElsewhere", R"({"name": "null", "remark": "null"})", R"(name="null" remark="null")"},
        {"NullLeavesWhatCannotBeNull", R"({"name": null, "weight": null})", ""},
        {"NullTurnsASwitchOffAndEmptiesAList", R"({"isNew": null, "labels": null})", "isNew=false labels=[]"},
        {"ANestedObjectReplacesTheWhole", R"({"wheel": {"maker": "V"}})", R"(wheel={"maker":"V","size":null})"},
        {"AFlatMemberReplacesItself", R"({"wheelMaker": "V"})", R"(wheel={"maker":"V","size":28})"},
        {"AFlatNullClearsItself", R"({"wheelSize": null})", R"(wheel={"maker":"W","size":null})"},
        {"NestedThenFlat", R"({"wheel": {"maker": "V"}, "wheelSize": 5})", R"(wheel={"maker":"V","size":5})"},
        {"NullNested", R"({"wheel": null})", "wheel=null"},
        {"TimesAreRead", R"({"soldAt": "2026-02-20T14:15:00.000Z"})", R"(soldAt="2026-02-20T14:15:00.000Z")"}}),
    by_name);

TEST(Patch, FixedMembersAreNotChanged) {
    const Patch<Bike> patch(json::parse_object(R"({"id": "other", "secret": "stolen"})"));
    EXPECT_EQ(patch.applied_to(before()).id.value, "b");
    EXPECT_EQ(patch.applied_to(before()).secret, "kept");
}

TEST(Patch, BadMembersKeepTheirOldValues) {
    const Patch<Bike> patch(json::parse_object(R"({"gears": "many", "name": "New"})"));
    EXPECT_EQ(difference(patch.applied_to(before())), R"(name="New")");
}

std::string refusal_of_id(std::string_view body) {
    const Patch<Bike> patch(json::parse_object(body));
    try {
        return patch.id<BikeId>().value;
    } catch (const Problem& problem) {
        return std::to_string(problem.status()) + ' ' + problem.sentence();
    }
}

TEST(Patch, TheIdTravelsInTheBody) {
    EXPECT_EQ(refusal_of_id(R"({"id": "b"})"), "b");
    EXPECT_EQ(refusal_of_id("{}"), "400 The request is not valid: id is required.");
    EXPECT_EQ(refusal_of_id(R"({"id": 5})"), "400 The request is not valid: id must be a text.");
    EXPECT_EQ(refusal_of_id(R"({"id": "", "gears": "x"})"),
              "400 The request is not valid: gears must be a whole number; id must be an id.");
}

TEST(Patch, KnowsWhetherAnythingWasNamed) {
    EXPECT_FALSE(Patch<Bike>(json::parse_object(R"({"id": "b"})")).any());
    EXPECT_TRUE(Patch<Bike>(json::parse_object(R"({"id": "b", "gears": null})")).any());
}

TEST(QueryString, ValuesAreReadOutOfText) {
    const boost::json::object query{{"gears", "5"}, {"weight", "1.5"}, {"isNew", "1"}, {"labels", "x"}, {"name", "a"}};
    Bike bike;
    BadFields bad;
    json::read_members(query, json::Source::query, "", bike, bad);
    EXPECT_EQ(told(bad), "");
    EXPECT_EQ(std::tuple(bike.gears, bike.weight, bike.is_new, bike.labels),
              std::tuple(std::optional<std::int64_t>(5), 1.5, true, std::vector<std::string>{"x"}));
    const boost::json::object wrong{{"gears", "5x"}, {"weight", "inf"}, {"isNew", "yes"}, {"name", "a"}};
    json::read_members(wrong, json::Source::query, "", bike, bad);
    EXPECT_EQ(told(bad), "gears must be a whole number; weight must be a number; isNew must be true or false");
}

class BadJson : public testing::TestWithParam<std::string> {};

TEST_P(BadJson, IsRefused) {
    try {
        json::parse_object(GetParam());
        FAIL() << "was accepted";
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.status(), 400);
        EXPECT_EQ(problem.code(), "invalid_json");
    }
}

INSTANTIATE_TEST_SUITE_P(, BadJson,
                         testing::Values("", "nonsense", "[1]", "5", R"({"a":1)", R"({"a":1} x)", "{\"a\":\"\xFF\"}",
                                         "{\"a\":\"\xC0\x80\"}", R"({"a":"\ud800"})", R"({"a":"\udc00x"})",
                                         std::string(100, '[') + std::string(100, ']'), R"({"a":NaN})"));

struct NumberCase {
    double number;
    std::string_view text;
};

TEST(Writing, DoublesAreShortAndExact) {
    for (const auto& [number, text] :
         {NumberCase{0, "0"}, NumberCase{3.5, "3.5"}, NumberCase{0.1, "0.1"}, NumberCase{-15432.75, "-15432.75"},
          NumberCase{1e21, "1e+21"}, NumberCase{std::numeric_limits<double>::infinity(), "null"},
          NumberCase{std::numeric_limits<double>::quiet_NaN(), "null"}}) {
        EXPECT_EQ(json::to_text(number), text);
    }
}

TEST(Writing, TextsAreEscaped) {
    EXPECT_EQ(json::to_text(std::string("a\"b\\c\nd\te\rf\x01\x1Fü€")), R"("a\"b\\c\nd\te\rf\u0001\u001fü€")");
    EXPECT_EQ(json::to_text(std::string()), R"("")");
}

TEST(Writing, EveryMemberStandsInItsOrderButInternalOnes) {
    EXPECT_EQ(written(before()),
              R"({"id":"b","name":"Old","colour":"RED","twinId":"t","gears":7,"weight":0,"isNew":true,"labels":["x"],)"
              R"("wheel":{"maker":"W","size":28},"soldAt":null,"extra":{},"remark":"r"})");
}

TEST(Writing, LimitsOfIntegers) {
    EXPECT_EQ(json::to_text(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(json::to_text(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
}

TEST(Problem, NamesEveryBadFieldInItsSentence) {
    BadFields bad;
    EXPECT_NO_THROW(bad.refuse());
    bad.add("a", "is required");
    bad.add("b.c", "must be a text");
    try {
        bad.refuse();
        FAIL();
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.sentence(), "The request is not valid: a is required; b.c must be a text.");
        EXPECT_EQ(problem.fields().size(), 2U);
    }
}

}  // namespace
}  // namespace etapa
