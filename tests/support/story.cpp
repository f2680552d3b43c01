#include "support/story.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace etapa::tests {
namespace {

std::string trim(std::string_view text) { return std::string(trimmed(text)); }

// What stands before and after the first `separator`; the second part is empty when there is none.
std::pair<std::string, std::string> split(std::string_view text, std::string_view separator) {
    const auto at = text.find(separator);
    if (at == std::string_view::npos) return {trim(text), ""};
    return {trim(text.substr(0, at)), trim(text.substr(at + separator.size()))};
}

std::vector<std::string> list(std::string_view text) {
    std::vector<std::string> items;
    auto [item, rest] = split(text, ",");
    while (!item.empty()) {
        items.push_back(item);
        std::tie(item, rest) = split(std::string(rest), ",");
    }
    return items;
}

// Whether `seen` has everything that `wanted` has; members that `wanted` does not name may be anything.
bool fits(const boost::json::value& wanted, const boost::json::value& seen) {
    if (wanted.is_object() && seen.is_object()) {
        return std::ranges::all_of(wanted.get_object(), [&](const auto& member) {
            const auto* other = seen.get_object().if_contains(member.key());
            return other != nullptr && fits(member.value(), *other);
        });
    }
    if (wanted.is_array() && seen.is_array()) {
        return std::ranges::equal(wanted.get_array(), seen.get_array(), fits);
    }
    return wanted == seen;
}

void expect_fits(const std::string& wanted, const boost::json::value& seen) {
    EXPECT_TRUE(fits(boost::json::parse(wanted), seen))
        << "wanted " << wanted << "\nseen   " << boost::json::serialize(seen);
}

}  // namespace

void Story::name(const std::string& name, const std::string& id) {
    ASSERT_TRUE(ids_.emplace(name, id).second) << "two things are called " << name;
}

std::string Story::id(const std::string& name) const {
    const auto known = ids_.find(name);
    EXPECT_NE(known, ids_.end()) << "nothing is called " << name;
    return known == ids_.end() ? "" : known->second;
}

std::string Story::with_ids(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
        const auto at = text.find('@');
        out += text.substr(0, at);
        if (at == std::string_view::npos) break;
        text.remove_prefix(at + 1);
        if (std::isalnum(static_cast<unsigned char>(out.back())) != 0) {  // an e-mail address
            out += '@';
            continue;
        }
        const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
        out += id(std::string(text.substr(0, end)));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
    }
    return out;
}

void Story::send(const std::string& method, const std::string& path, const std::string& body,
                 const std::string& expected) {
    const auto answer = world_.call(method, path, body);
    const auto [status, json] = split(expected, " ");
    EXPECT_EQ(std::to_string(answer.status), expected.empty() ? "200" : status) << answer.body;
    if (!json.empty()) expect_fits(with_ids(json), answer.json);
}

void Story::define_scenario(std::string_view rest) {
    const auto [scenario, steps] = split(rest, ":");
    name(scenario, world_.scenario(scenario));
    for (const auto& step : list(steps)) name(step, world_.step(id(scenario), step));
}

void Story::define_person(const std::string& what, const std::string& who, const std::string& members) {
    const auto further = with_ids(members.empty() ? "" : "," + members.substr(1, members.size() - 2));
    if (what == "member") name(who, world_.member(who + "@acme.example"));
    if (what == "agent")
        name(who, world_.good("POST", "/agents", R"({"name":")" + who + '"' + further + '}').text("id"));
    if (what == "conversation") name(who, world_.conversation(R"("title":")" + who + '"' + further));
}

void Story::request(const std::string& method, const std::string& rest) {
    const auto [call, expected] = split(rest, "->");
    const auto [path, body] = split(call, " ");
    send(method, with_ids(path), with_ids(body), expected);
}

// `ana in new` and `ana to new`, perhaps with further members: `ana to new {"shouldSendInitialMessage": true}`.
void Story::enter(const std::string& verb, const std::string& rest) {
    const auto [call, expected] = split(rest, "->");
    const auto [who, where] = split(call, verb == "place" ? " in " : " to ");
    const auto [step, members] = split(where, " ");
    const auto body = R"({"conversationId":")" + id(who) + R"(",")" + (verb == "place" ? "stepId" : "destStepId") +
                      R"(":")" + id(step) + '"' + (members.empty() ? "}" : "," + members.substr(1));
    send("POST", verb == "place" ? "/crm/step/conversation" : "/crm/step/move", body, expected);
}

void Story::set_step(const std::string& rest) {
    const auto [call, expected] = split(rest, "->");
    const auto [step, members] = split(call, " ");
    send("PUT", "/crm/step", R"({"id":")" + id(step) + R"(",)" + with_ids(members).substr(1), expected);
}

// `ana bot: What is the price?`: the end user of the conversation `ana`, which begins with this unless it is known,
// asks the agent `bot`.
void Story::say(const std::string& rest) {
    const auto [call, text] = split(rest, ":");
    const auto [who, agent] = split(call, " ");
    boost::json::object body{{"query", text}};
    if (ids_.contains(who)) body["conversationId"] = id(who);
    const auto answer = world_.good("POST", "/agents/" + id(agent) + "/query", boost::json::serialize(body));
    if (!ids_.contains(who)) return name(who, answer.text("conversationId"));
    EXPECT_EQ(answer.text("conversationId"), id(who));
}

void Story::pass(const std::string& span) {
    const std::map<char, std::int64_t> units{{'s', 1}, {'m', 60}, {'h', 3'600}, {'d', 86'400}};
    world_.pass(seconds(std::stoll(span) * units.at(span.back())));
}

void Story::expect(const std::string& rest) {
    const auto [who, what] = split(rest, " ");
    if (what.starts_with("{")) {
        return expect_fits(with_ids(what), world_.good("GET", "/conversation/" + id(who)).json);
    }
    ASSERT_TRUE(what.starts_with("in ")) << "expect NAME in STEP, or expect NAME JSON";
    const auto step = trim(what.substr(3));
    const auto answer = world_.good("GET", "/conversations/" + id(who) + "/explain");
    if (step == "nothing") {
        EXPECT_TRUE(answer.at("placement").is_null()) << answer.body;
    } else {
        EXPECT_EQ(answer.text("placement.stepId"), id(step)) << answer.body;
    }
}

// `ana: cold timer active, new api_add inactive`, newest first.
void Story::expect_history(const std::string& rest) {
    const auto [who, stays] = split(rest, ":");
    const auto answer = world_.good("GET", "/crm/conversationLog?limit=100&conversationId=" + id(who));
    std::vector<std::string> seen;
    const auto rows = answer.at("data");
    for (const auto& row : rows.get_array()) {
        const auto text = [&](const char* member) { return std::string(row.at(member).get_string()); };
        seen.push_back(text("stepName") + ' ' + text("cause") + ' ' + text("status"));
    }
    EXPECT_EQ(seen, list(stays));
}

void Story::expect_events(const std::string& rest) {
    std::istringstream wanted(rest);
    const std::vector<std::string> types(std::istream_iterator<std::string>(wanted), {});
    EXPECT_EQ(world_.new_events(), types);
}

void Story::tell(const std::string& line) {
    const auto [verb, rest] = split(line, " ");
    if (verb == "scenario") return define_scenario(rest);
    if (verb == "member" || verb == "agent" || verb == "conversation") {
        const auto [who, members] = split(rest, " ");
        return define_person(verb, who, members);
    }
    if (verb == "place" || verb == "move") return enter(verb, rest);
    if (verb == "set") return set_step(rest);
    if (verb == "say") return say(rest);
    if (verb == "pass") return pass(rest);
    if (verb == "expect") return expect(rest);
    if (verb == "history") return expect_history(rest);
    if (verb == "events") return expect_events(rest);
    if (std::ranges::all_of(verb, [](char c) { return c >= 'A' && c <= 'Z'; })) return request(verb, rest);
    FAIL() << "no line of a story begins with " << verb;
}

}  // namespace etapa::tests
