#pragma once
// Two scenarios with steps, a member and an agent, and the same of a stranger, for tables of requests. For tests only.
//
// Requests and expectations name things as `@talk`; what is called `@foreign…` belongs to another organization.

#include "support/world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace etapa::api {

struct ApiCase {
    std::string name = {};
    std::string method = {};
    std::string target = {};
    std::string body = {};
    int status = 200;
    std::vector<std::string> bad = {};                            // paths of bad fields, in any order
    std::vector<std::pair<std::string, std::string>> shows = {};  // path in the answer, JSON text there
    std::vector<std::string> events = {};                         // all of them, in order
};

inline void PrintTo(const ApiCase& one, std::ostream* out) {
    *out << one.method << ' ' << one.target << ' ' << one.body;
}

class Design {
public:
    Design() {
        ids_["sales"] = world.scenario("Sales");
        ids_["support"] = world.scenario("Support");
        ids_["new"] = world.step(id("sales"), "New");
        ids_["talk"] = world.step(id("sales"), "Talk", R"("prompt":"Ask","trigger":"price")");
        ids_["won"] = world.step(id("sales"), "Won");
        ids_["ticket"] = world.step(id("support"), "Ticket");
        ids_["ana"] = world.member("ana@acme.example");
        ids_["bob"] = world.member("bob@acme.example");
        ids_["bot"] = world.good("POST", "/agents", R"({"name":"Bot"})").text("id");
        const auto key = world.second_organization_key();
        const auto make = [&](std::string_view path, std::string_view body) {
            return world.call_as(key, "POST", path, fill(body)).text("id");
        };
        ids_["foreignScenario"] = make("/crm/scenario", R"({"name":"Theirs"})");
        ids_["foreignStep"] = make("/crm/step", R"({"scenarioId":"@foreignScenario","name":"Theirs","prompt":"x"})");
        ids_["foreignAgent"] = make("/agents", R"({"name":"Theirs"})");
        ids_["foreignMember"] = make("/memberships", R"({"email":"eve@rival.example","role":"USER"})");
        ids_["foreignConversation"] = make("/conversation", "{}");
        world.new_events();
    }

    [[nodiscard]] const std::string& id(const std::string& name) const { return ids_.at(name); }
    void name(const std::string& name, std::string id) { ids_[name] = std::move(id); }

    // Replaces `@name` by the id of what has this name; addresses such as `a@b.example` stay.
    [[nodiscard]] std::string fill(std::string_view text) const {
        std::string filled(text);
        for (const auto& [name, id] : ids_) {
            for (auto at = filled.find('@' + name); at != std::string::npos; at = filled.find('@' + name, at)) {
                filled.replace(at, name.size() + 1, id);
            }
        }
        return filled;
    }

    tests::Answer call(std::string_view method, std::string_view target, std::string_view body = {}) {
        return world.call(method, fill(target), fill(body));
    }
    tests::Answer good(std::string_view method, std::string_view target, std::string_view body = {}) {
        return world.good(method, fill(target), fill(body));
    }

    // Sends the request and compares everything that the case says.
    void check(const ApiCase& one) {
        const auto answer = call(one.method, one.target, one.body);
        EXPECT_EQ(answer.status, one.status) << answer.body;
        auto bad = answer.status >= 400 ? answer.bad_fields() : std::vector<std::string>();
        auto expected = one.bad;
        std::ranges::sort(bad);
        std::ranges::sort(expected);
        EXPECT_EQ(bad, expected) << answer.body;
        for (const auto& [path, value] : one.shows) {
            const auto wanted = boost::json::serialize(boost::json::parse(fill(value)));
            EXPECT_EQ(boost::json::serialize(answer.at(path)), wanted) << path << " of " << answer.body;
        }
        EXPECT_EQ(world.new_events(), one.events);
    }

    tests::World world;

private:
    std::map<std::string, std::string, std::greater<>> ids_;  // longer names before their beginnings
};

// A table of cases on a `Made`. Those that change nothing share one, because making one takes long.
template <class Made> class DesignTable : public testing::TestWithParam<ApiCase> {
protected:
    static void SetUpTestSuite() { shared = std::make_unique<Made>(); }
    static void TearDownTestSuite() { shared.reset(); }

    static void check() {
        const auto& one = GetParam();
        if (one.method == "GET" || one.status >= 400) return shared->check(one);
        Made().check(one);
    }

private:
    static inline std::unique_ptr<Made> shared;
};

inline std::string name_of_case(const testing::TestParamInfo<ApiCase>& info) { return info.param.name; }

}  // namespace etapa::api
