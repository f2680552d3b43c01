// Every member that the API's description names is read by its rules: a wrong one is refused by name. Generated from
// the description and the examples.
#include "api/openapi.hpp"
#include "base/ranges.hpp"
#include "net/uri.hpp"
#include "support/examples.hpp"
#include "support/schema_check.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace etapa::tests {
namespace {

using boost::json::object;
using boost::json::value;

// A described member of a body: its path as errors name it, what may stand there, and the body with a value put there.
struct Member {
    std::string path;
    const object* schema = nullptr;
    std::function<value(value)> enclosing;  // from the value of this member to the value of the top member
};

class Members : public testing::Test {
protected:
    // The schema without the alternative null.
    const object& without_null(const object& schema) const {
        const auto* forms = schema.if_contains("anyOf");
        if (forms == nullptr) return description.resolved(schema);
        for (const auto& form : forms->get_array()) {
            const auto* type = form.get_object().if_contains("type");
            if (type == nullptr || type->get_string() != "null") return without_null(form.get_object());
        }
        return schema;  // NOLINT(bugprone-return-const-ref-from-parameter): the description outlives its readers
    }

    void add_members(const Member& member, std::vector<Member>& found) const {
        found.push_back(member);
        const auto& schema = without_null(*member.schema);
        if (const auto* items = schema.if_contains("items")) {
            const auto list_of = [around = member.enclosing](const value& item) {
                return around(boost::json::array{item});
            };
            add_members({member.path + ".0", &items->get_object(), list_of}, found);
        }
        const auto* properties = schema.if_contains("properties");
        if (properties == nullptr) return;
        for (const auto& [name, below] : properties->get_object()) {
            const auto object_of = [around = member.enclosing, name = std::string(name)](const value& item) {
                return around(object{{name, item}});
            };
            add_members({member.path + '.' + std::string(name), &below.get_object(), object_of}, found);
        }
    }

    std::vector<Member> members_of(const object& body_schema) const {
        std::vector<Member> found;
        const auto* properties = body_schema.if_contains("properties");
        if (properties == nullptr) return found;
        for (const auto& [name, schema] : properties->get_object()) {
            add_members({std::string(name), &schema.get_object(), [](value item) { return item; }}, found);
        }
        return found;
    }

    std::string type_of(const object& schema) const {
        const auto* type = without_null(schema).if_contains("type");
        return type == nullptr ? std::string() : std::string(type->get_string());
    }

    // Sends the example once for each member of its body for which `value_for` has a value.
    void expect_each_refused(const std::function<std::optional<value>(const Member&)>& value_for) {
        int tried = 0;
        for (const auto& example : examples()) {
            const auto* schema = description.body_schema(example.method, example.route);
            if (schema == nullptr) continue;
            mine.renew();
            const auto request = filled_in(example, mine);
            const auto body = request.body.empty() ? object() : boost::json::parse(request.body).as_object();
            for (const auto& member : members_of(*schema)) {
                const auto wanted = value_for(member);
                if (!wanted) continue;
                auto changed = body;
                changed[member.path.substr(0, member.path.find('.'))] = member.enclosing(*wanted);
                expect_refused(example, request.target, changed, member.path);
                ++tried;
            }
        }
        EXPECT_GT(tried, 50);
    }

    void expect_refused(const Example& example, const std::string& target, const object& body,
                        const std::string& path) {
        const auto text = boost::json::serialize(body);
        const auto answer = world.call(example.method, target.substr(0, target.find('?')), text);
        EXPECT_EQ(answer.status, 400) << example.name() << ' ' << text << '\n' << answer.body;
        const auto bad = answer.bad_fields();
        EXPECT_TRUE(contains(bad, path)) << path << ": " << example.name() << ' ' << text << '\n' << answer.body;
    }

    World world;
    Things mine{world, world.key()};
    ApiDescription description{api::openapi_document(world.router())};
};

TEST_F(Members, OfAWrongTypeAreRefusedByName) {
    expect_each_refused([&](const Member& member) -> std::optional<value> {
        const auto type = type_of(*member.schema);
        if (type.empty()) return std::nullopt;
        return type == "object" ? value("wrong") : value(object{{"wrong", true}});
    });
}

TEST_F(Members, WithNulAreRefusedByName) {
    const std::string_view text("a\0b", 3);
    expect_each_refused([&](const Member& member) -> std::optional<value> {
        const auto& schema = without_null(*member.schema);
        if (schema.contains("additionalProperties")) return object{{"a", text}};
        return type_of(schema) == "string" ? std::optional<value>(text) : std::nullopt;
    });
}

TEST_F(Members, ThatAreRequiredAndMissingAreRefusedByName) {
    for (const auto& example : examples()) {
        const auto* schema = description.body_schema(example.method, example.route);
        if (schema == nullptr || !schema->contains("required")) continue;
        const auto request = filled_in(example, mine);
        for (const auto& name : schema->at("required").as_array()) {
            auto body = request.body.empty() ? object() : boost::json::parse(request.body).as_object();
            body.erase(name.get_string());
            expect_refused(example, request.target, body, std::string(name.get_string()));
        }
    }
}

TEST_F(Members, OfTheQueryOfAWrongTypeAreRefusedByName) {
    for (const auto& example : examples()) {
        const auto* parameters = description.operation(example.method, example.route)->if_contains("parameters");
        if (parameters == nullptr) continue;
        const auto target = filled_in(example, mine).target;
        for (const auto& parameter : parameters->as_array()) {
            const auto* place = parameter.as_object().if_contains("in");  // shared ones are headers
            if (place == nullptr || place->as_string() != "query") continue;
            const auto& schema = parameter.at("schema").as_object();
            const auto* items = schema.if_contains("items");  // of a repeated parameter
            const auto& one = items == nullptr ? schema : items->as_object();
            const bool takes_any_text = type_of(one) == "string" && !one.contains("enum") && !one.contains("format") &&
                                        !one.contains("contentMediaType");
            if (takes_any_text) continue;
            const std::string name(parameter.at("name").as_string());
            auto pairs = net::parse_query(target.substr(std::min(target.find('?'), target.size() - 1) + 1)).value();
            std::erase_if(pairs, [&](const auto& pair) { return pair.first == name; });
            std::string changed = target.substr(0, target.find('?')) + '?' + name + "=wrong";
            for (const auto& [other, text] : pairs) changed += '&' + other + '=' + net::encode_segment(text);
            const auto answer = world.call(example.method, changed);
            EXPECT_EQ(answer.status, 400) << changed << '\n' << answer.body;
            EXPECT_EQ(answer.bad_fields(), std::vector{name}) << changed;
        }
    }
}

}  // namespace
}  // namespace etapa::tests
