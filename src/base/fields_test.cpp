#include "base/fields.hpp"

#include "base/id.hpp"
#include "base/values.hpp"

#include <gtest/gtest.h>

namespace etapa {
namespace {

enum class Kind : std::uint8_t { one, two };
constexpr auto names(Kind) { return std::to_array<std::string_view>({"ONE", "TWO"}); }

struct Inner {
    int a = 0;
    static consteval auto fields() { return describe(field("a", &Inner::a, "A.")); }
};

struct Outer {
    Inner inner;
    std::string text;
    static consteval auto fields() {
        return describe(spread(&Outer::inner, "i"),
                        field("text", &Outer::text, "B.", fixed, required, column("words")));
    }
};

TEST(Fields, AreVisitedInTheirOrder) {
    std::vector<std::string> seen;
    for_each_field<Outer>([&]<class F>(const F& field) {
        if constexpr (F::inlined) {
            seen.emplace_back(field.alias);
        } else {
            seen.emplace_back(field.name);
        }
    });
    EXPECT_EQ(seen, (std::vector<std::string>{"i", "text"}));
}

TEST(Fields, RolesAndColumnsAddUp) {
    constexpr auto text = std::get<1>(Outer::fields().fields);
    static_assert(text.is(fixed) && text.is(required) && !text.is(server_set) && !text.is(unstored));
    static_assert(text.column == "words" && text.name == "text" && text.about == "B.");
}

TEST(Enums, AreTheirTexts) {
    EXPECT_EQ(name_of(Kind::two), "TWO");
    EXPECT_EQ(enum_from<Kind>("ONE"), Kind::one);
    EXPECT_EQ(enum_from<Kind>("one"), std::nullopt);
    EXPECT_EQ(enum_from<Kind>(""), std::nullopt);
}

static_assert(TextLike<Name> && TextLike<Url> && TextLike<Email> && TextLike<ShortText> && TextLike<Id<Outer>>);
static_assert(NumberLike<Within<1, 2>> && NumberLike<AtMost<5>> && !NumberLike<Name> && !TextLike<std::string>);
static_assert(Described<Outer> && !Described<Name> && NamedEnum<Kind>);

}  // namespace
}  // namespace etapa
