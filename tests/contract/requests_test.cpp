// What every route does with requests that are odd, broken or spelled another way. Generated from the list of routes
// and their examples.
#include "support/examples.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace etapa::tests {
namespace {

class Requests : public testing::Test {
protected:
    // Sends every example with fresh things, changed by `change`, and expects its usual status.
    template <class F> void expect_the_usual(F change) {
        for (const auto& example : examples()) {
            SCOPED_TRACE(example.name());
            mine.renew();
            auto request = filled_in(example, mine);
            change(request);
            const auto answer = world.call(example.method, request.target, request.body);
            EXPECT_EQ(answer.status, example.status) << request.target << ' ' << request.body << '\n' << answer.body;
        }
    }

    // Sends every example that changes something with another body, and expects this status.
    void expect_refused(const std::string& body, int status, std::string_view content_type = "application/json") {
        for (const auto& example : examples()) {
            const bool takes_form = example.body.starts_with("--");
            // A provider's delivery is judged by its signature before anybody reads it.
            const bool is_signed = example.route.starts_with("/integrations/");
            if (example.method == "GET" || is_signed || (takes_form && content_type == "application/json")) continue;
            SCOPED_TRACE(example.name());
            auto request = World::request(world.key(), example.method, blank(example).target, body);
            request.content_type = content_type;
            EXPECT_EQ(world.send(request).status, status);
        }
        EXPECT_EQ(world.new_events(), std::vector<std::string>{});
    }

    World world;
    Things mine{world, world.key()};
};

std::string header(const Answer& answer, std::string_view name) {
    for (const auto& [header, value] : answer.headers) {
        if (header == name) return value;
    }
    return {};
}

std::set<std::string> words(const std::string& list) {
    std::set<std::string> found;
    std::istringstream stream(list);
    for (std::string word; std::getline(stream >> std::ws, word, ',');) found.insert(word);
    return found;
}

void add_to_query(FilledIn& request, std::string_view pair) {
    request.target += request.target.find('?') == std::string::npos ? '?' : '&';
    request.target += pair;
}

std::size_t path_length(const FilledIn& request) { return std::min(request.target.find('?'), request.target.size()); }

TEST_F(Requests, UndescribedMembersAreIgnored) {
    expect_the_usual([](FilledIn& request) {
        if (request.body.starts_with("--")) return;
        auto body = request.body.empty() ? boost::json::object() : boost::json::parse(request.body).as_object();
        body["zzz"] = 1;
        request.body = boost::json::serialize(body);
    });
}

TEST_F(Requests, UndescribedQueryParametersAreIgnored) {
    expect_the_usual([](FilledIn& request) { add_to_query(request, "zzz=1&zzz=2"); });
}

TEST_F(Requests, PathsAlsoAnswerUnderApi) {
    expect_the_usual([](FilledIn& request) {
        if (request.target != "/") request.target.insert(0, "/api");
    });
}

TEST_F(Requests, PathsMayEndWithASlash) {
    expect_the_usual([](FilledIn& request) {
        if (request.target != "/") request.target.insert(path_length(request), "/");
    });
}

TEST_F(Requests, HeadAnswersLikeGet) {
    for (const auto& example : examples()) {
        if (example.method != "GET") continue;
        const auto target = filled_in(example, mine).target;
        EXPECT_EQ(world.call("HEAD", target).status, example.status) << target;
    }
}

TEST_F(Requests, OtherMethodsAreRefusedWithThoseThatThePathTakes) {
    std::map<std::string, std::set<std::string>> taken;
    for (const auto& route : world.router().routes()) {
        auto& methods = taken[route->path];
        methods.insert({std::string(net::name_of(route->method)), "OPTIONS"});
        if (route->method == net::Method::get) methods.insert("HEAD");
    }
    for (const auto& example : examples()) {
        const auto target = blank(example).target;
        for (const std::string_view method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"}) {
            const auto& methods = taken.at(std::string(example.route));
            if (method != "OPTIONS" && methods.contains(std::string(method))) continue;
            const auto answer = world.call_as("", method, target);
            EXPECT_EQ(answer.status, method == "OPTIONS" ? 204 : 405) << method << ' ' << target;
            EXPECT_EQ(words(header(answer, "Allow")), methods) << method << ' ' << target;
        }
    }
}

TEST_F(Requests, BodiesOfOtherTypesAreRefused) {
    expect_refused("{}", 415, "text/plain");
    expect_refused("a=b", 415, "application/x-www-form-urlencoded");
    expect_refused("{}", 415, "");
}

TEST_F(Requests, BodiesThatAreNoJsonObjectAreRefused) {
    for (const std::string body : {"{", "[]", "null", "1", "\"text\"", "{} {}", "{\"a\":}", " ", "{\"a\":\"\xFF\"}",
                                   "{\"a\":\"\\ud800\"}", "\xEF\xBB\xBF{", "{'a':1}"}) {
        SCOPED_TRACE(body);
        expect_refused(body, 400);
    }
}

TEST_F(Requests, DeepNestingIsRefused) {
    for (const std::size_t depth : {100U, 100'000U}) {
        expect_refused("{\"zzz\":" + std::string(depth, '[') + std::string(depth, ']') + '}', 400);
    }
}

TEST_F(Requests, PathsAndQueriesThatAreNoTextAreRefused) {
    for (const auto& example : examples()) {
        const bool is_page = example.route == "/" || (example.target.find_first_of("{?") == std::string_view::npos &&
                                                      world.call_as("", example.method, example.target).status == 200);
        if (is_page) continue;
        for (const std::string_view text : {"%FF", "%00", "%ED%A0%80", "%"}) {
            SCOPED_TRACE(example.name() + ' ' + std::string(text));
            auto request = blank(example);
            add_to_query(request, "zzz=" + std::string(text));
            EXPECT_EQ(world.call(example.method, request.target, request.body).status, 400);
            request = blank(example);
            const auto at = request.target.find("nobody");
            if (at > path_length(request)) continue;
            request.target.replace(at, 6, text);
            EXPECT_EQ(world.call(example.method, request.target, request.body).status, 400);
        }
    }
}

}  // namespace
}  // namespace etapa::tests
