// Who may do what, for every route: nobody without a key, and with a key only what belongs to its organization.
// Generated from the list of routes and their examples.
#include "base/ranges.hpp"
#include "support/examples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace etapa::tests {
namespace {

class Tenancy : public testing::Test {
protected:
    bool is_open(const Example& example) {
        const auto& routes = world.router().routes();
        const auto route = std::ranges::find_if(routes, [&](const auto& one) {
            return net::name_of(one->method) == example.method && one->path == example.route;
        });
        return route != routes.end() && (*route)->access != api::Access::key;
    }

    void expect_nothing_foreign(const Answer& answer, std::string_view sent) {
        for (const auto& id : theirs.all()) {
            if (id == sent) continue;
            EXPECT_EQ(answer.body.find(id), std::string::npos) << "shows what belongs to others: " << id;
        }
    }

    // Sends the example with `id` in the place of `reference`.
    Answer send(const Example& example, const Reference& reference, std::string_view id) {
        const auto request = filled_in(example, mine, &reference, id);
        world.new_events();
        auto answer = world.call(example.method, request.target, request.body);
        EXPECT_EQ(answer.status, reference.foreign_status) << request.target << ' ' << request.body << '\n'
                                                           << answer.body;
        if (answer.status >= 400) {
            EXPECT_EQ(world.new_events(), std::vector<std::string>{}) << "refused, and yet done";
        }
        if (answer.status == 400) {
            const auto bad = answer.bad_fields();
            EXPECT_TRUE(contains(bad, reference.member)) << reference.member << " in " << answer.body;
        }
        return answer;
    }

    World world;
    Things mine{world, world.key()};
    Things theirs{world, world.second_organization_key()};
};

TEST_F(Tenancy, NobodyEntersWithoutAKey) {
    auto damaged = world.key();
    damaged[damaged.size() / 2] = damaged[damaged.size() / 2] == '0' ? '1' : '0';
    for (const auto& example : examples()) {
        const auto request = blank(example);
        for (const std::string& key : {std::string(), std::string("wrong"), damaged, world.key() + "0"}) {
            SCOPED_TRACE(example.name() + " with the key '" + key + "'");
            const auto answer = world.call_as(key, example.method, request.target, request.body);
            const int open_status = example.target.find('{') == std::string_view::npos ? 200 : 404;
            EXPECT_EQ(answer.status, is_open(example) ? open_status : 401) << answer.body;
        }
    }
}

TEST_F(Tenancy, EachExampleWorksForItsOwner) {
    for (const auto& example : examples()) {
        SCOPED_TRACE(example.name());
        mine.renew();
        const auto request = filled_in(example, mine);
        const auto answer = world.call(example.method, request.target, request.body);
        EXPECT_EQ(answer.status, example.status) << request.target << ' ' << request.body << '\n' << answer.body;
    }
}

TEST_F(Tenancy, AForeignIdIsAnUnknownId) {
    constexpr std::string_view unknown = "cunknown00000000000000000";
    for (const auto& example : examples()) {
        SCOPED_TRACE(example.name());
        mine.renew();
        theirs.renew();
        for (const auto& reference : references(example)) {
            SCOPED_TRACE(reference.name);
            const auto foreign = theirs.id(reference.name);
            const auto before = theirs.dump();
            const auto answer = send(example, reference, foreign);
            expect_nothing_foreign(answer, foreign);
            EXPECT_EQ(theirs.dump(), before) << "changes what belongs to others";
            const auto same = send(example, reference, unknown);
            if (answer.status < 400) continue;
            EXPECT_EQ(answer.at("code"), same.at("code"));
            EXPECT_EQ(answer.bad_fields(), same.bad_fields());
        }
    }
}

TEST_F(Tenancy, ListsShowNothingOfOthers) {
    for (const std::string_view name : {"placed", "agent", "member", "contact", "job", "log"}) theirs.id(name);
    for (const auto& example : examples()) {
        if (example.method != "GET") continue;
        SCOPED_TRACE(example.name());
        const auto request = filled_in(example, mine);
        expect_nothing_foreign(world.call("GET", request.target), "");
        if (references(example).empty() || request.target.find('?') == std::string::npos) continue;
        const auto path = request.target.substr(0, request.target.find('?'));
        expect_nothing_foreign(world.call("GET", path), "");
    }
}

}  // namespace
}  // namespace etapa::tests
