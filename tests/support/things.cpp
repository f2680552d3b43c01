#include "support/things.hpp"

#include "crm/jobs/store.hpp"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <utility>

namespace etapa::tests {
namespace {

using Members = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string object_of(Members members) {
    boost::json::object object;
    for (const auto& [name, value] : members) object[name] = value;
    return boost::json::serialize(object);
}

}  // namespace

const std::string& Things::id(std::string_view name) {
    const auto known = named_.find(name);
    if (known != named_.end()) return known->second;
    const auto made = make(name);
    all_.insert(made);
    return named_[std::string(name)] = made;
}

std::string Things::call(std::string_view method, std::string_view target, std::string_view body,
                         std::string_view path) {
    const auto answer = world_.call_as(key_, method, target, body);
    EXPECT_EQ(answer.status / 100, 2) << method << ' ' << target << ' ' << body << " answered " << answer.body;
    return answer.text(path);
}

std::string Things::make(std::string_view name) {
    if (name == "scenario") return call("POST", "/crm/scenario", R"({"name":"Sales"})", "id");
    if (name == "scenario_with_step") return id("step"), id("scenario");
    if (name == "step" || name == "other_step") return make_step("");
    if (name == "timed_step") return make_step(R"(,"autoNextTime":600,"autoNextStepId":")" + id("step") + '"');
    if (name == "conversation") return call("POST", "/conversation", "{}", "id");
    if (name == "placed") return make_placed(id("step"));
    if (name == "described") return make_described();
    if (name == "message") {
        return call("POST", "/conversations/" + id("conversation") + "/message-register", R"({"message":"Hi"})",
                    "message.id");
    }
    if (name == "agent") return call("POST", "/agents", R"({"name":"Ana"})", "id");
    if (name == "channel") return make_channel();
    if (name == "connected_agent") return id("channel"), id("agent");
    if (name == "contact" || name == "other_contact") return make_contact();
    if (name == "note")
        return call("POST", "/conversations/" + id("conversation") + "/notes", R"({"note":"Hi"})", "id");
    if (name == "tag") return call("POST", "/tags", object_of({{"name", "tag of " + id("conversation")}}), "data.name");
    if (name == "key") return call("POST", "/keys", R"({"name":"Other"})", "id");
    if (name == "log") return call("GET", "/crm/conversationLog?conversationId=" + id("placed"), "", "data.0.id");
    if (name == "job") return make_job();
    if (name == "organization") return call("GET", "/organization", "", "id");
    if (name == "file") {
        const auto url = call("POST", "/conversations/" + id("conversation") + "/attachments",
                              "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
                              "Hi\r\n--XX--\r\n",
                              "url");
        return url.substr(url.rfind('/') + 1);
    }
    if (name == "webhook") return call("POST", "/webhooks", R"({"url":"https://hooks.example/in"})", "id");
    if (name == "delivery") return call("POST", "/webhooks/" + id("webhook") + "/test", "", "id");
    if (name == "address")
        return "person" + std::to_string(all_.size()) + "@" + key_.substr(key_.size() - 8) + ".example";
    if (name == "member" || name == "other_member") {
        const auto body = object_of({{"email", id("address")}, {"name", "Bea"}, {"role", "USER"}});
        named_.erase("address");
        return call("POST", "/memberships", body, "id");
    }
    throw std::invalid_argument("no example can speak of '" + std::string(name) + "'");
}

std::string Things::make_step(std::string_view members) {
    const auto body =
        R"({"name":"New","prompt":"Be kind","scenarioId":")" + id("scenario") + '"' + std::string(members) + '}';
    return call("POST", "/crm/step", body, "id");
}

std::string Things::make_placed(std::string_view step) {
    const auto conversation = call("POST", "/conversation", "{}", "id");
    call("POST", "/crm/step/conversation", object_of({{"conversationId", conversation}, {"stepId", step}}),
         "newStepId");
    return conversation;
}

// A conversation with everything that its requests may ask for.
std::string Things::make_described() {
    const auto conversation = call("POST", "/conversation", "{}", "id");
    call("POST", "/conversations/" + conversation + "/message-register", R"({"message":"Hi"})", "message.id");
    call("POST", "/variables", object_of({{"conversationId", conversation}, {"varName", "plan"}, {"varValue", "gold"}}),
         "varName");
    return conversation;
}

std::string Things::make_channel() {
    const auto body = object_of({{"type", "whatsapp"},
                                 {"phoneNumberId", "106"},
                                 {"accessToken", "access"},
                                 {"appSecret", "secret"},
                                 {"webhookVerifyToken", "verify"}});
    return call("POST", "/agents/" + id("agent") + "/channels", body, "id");
}

std::string Things::make_contact() {
    const auto body = R"({"contact":{"firstName":"Cem","email":")" + id("address") + R"("}})";
    named_.erase("address");
    return call("POST", "/conversation", body, "participantsContacts.0.id");
}

std::string Things::make_job() {
    make_placed(id("timed_step"));  // a timer, so that one waits, too
    Caller caller;
    caller.organization = {id("organization")};
    std::string made;
    auto fail = [&](WriteTx& tx) {
        const auto key = "example:" + tx.new_id<JobId>().value;
        const JsonObject payload{R"({"url":"https://hooks.example/in","answer":{}})"};
        jobs::schedule_outside(tx, {"query.answer", key, "hooks.example", tx.now(), payload}, jobs::Known::kept);
        for (const auto& job : jobs::list(tx, JobState::pending, 1'000)) {
            if (job.key == key) made = job.id.value;
        }
        jobs::note_failure(tx, {made}, "It was broken.", std::nullopt);
    };
    world_.database().write_now(caller, fail);
    return made;
}

std::string Things::dump() const {
    std::string text;
    for (const std::string_view list : {"/events?limit=1000", "/organization", "/memberships", "/agents?limit=1000",
                                        "/conversation?limit=100", "/crm/scenario", "/crm/conversationLog?limit=100",
                                        "/jobs?limit=1000", "/contacts?limit=1000", "/tags", "/keys", "/webhooks"}) {
        text += world_.call_as(key_, "GET", list).body + '\n';
    }
    const auto scenarios = world_.call_as(key_, "GET", "/crm/scenario").json;
    for (const auto& scenario : scenarios.as_array()) {
        const std::string id(scenario.at("id").as_string());
        text += world_.call_as(key_, "GET", "/crm/step?scenarioId=" + id).body + '\n';
        text += world_.call_as(key_, "GET", "/crm/scenario/" + id + "/conversation?limit=100").body + '\n';
    }
    return text;
}

}  // namespace etapa::tests
