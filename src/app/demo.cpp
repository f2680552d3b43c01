#include "app/demo.hpp"

#include "crm/messages/store.hpp"
#include "crm/organizations/found.hpp"
#include "crm/tags/store.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <stdexcept>
#include <vector>

namespace etapa::app {
namespace {

namespace json = boost::json;

constexpr auto members = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"Ana Souza", "ana@demo.example"}, {"Bruno Lima", "bruno@demo.example"}, {"Clara Dias", "clara@demo.example"}});

constexpr auto first_names = std::to_array<std::string_view>(
    {"Alice", "Miguel", "Helena", "Arthur", "Laura", "Davi", "Julia", "Pedro", "Sofia", "Lucas"});
constexpr auto last_names = std::to_array<std::string_view>({"Almeida", "Costa", "Ferreira", "Rocha"});
constexpr auto channels = std::to_array<std::string_view>({"whatsapp", "website", "instagram", "telegram", "api"});
constexpr auto priorities = std::to_array<std::string_view>({"MEDIUM", "HIGH", "LOW"});
constexpr auto tag_names = std::to_array<std::string_view>({"newsletter", "returning", "vip", "wholesale"});

constexpr auto questions = std::to_array<std::string_view>({
    "Hello, do you deliver to Curitiba?",
    "Hi! What does the annual plan cost?",
    "Good morning, I would like a quote for 30 seats.",
    "Can I change the size of my order?",
    "Do you have this in blue?",
});
constexpr auto answers = std::to_array<std::string_view>({
    "Hello! Yes, it takes three working days.",
    "Thank you for asking, I am sending you the price list.",
    "Of course. Which day suits you?",
});

constexpr std::size_t conversation_count = 40;

// How many of ten conversations stand in each of the five steps.
constexpr auto places = std::to_array<std::size_t>({0, 0, 0, 1, 1, 2, 2, 3, 3, 4});

// The API with the demo's key, called as a client would.
class Client {
public:
    Client(api::Gate& gate, std::string key) : gate_(gate), key_(std::move(key)) {}

    json::object post(std::string_view path, const json::object& body) { return call(net::Method::post, path, body); }
    json::object put(std::string_view path, const json::object& body) { return call(net::Method::put, path, body); }

    std::string post_for_id(std::string_view path, const json::object& body) {
        return std::string(post(path, body).at("id").as_string());
    }

private:
    json::object call(net::Method method, std::string_view path, const json::object& body) {
        net::Request request;
        request.method = method;
        request.path = path;
        request.content_type = "application/json";
        request.authorization = "Bearer " + key_;
        request.request_id = "demo";
        request.body = json::serialize(body);
        request.has_body = true;
        net::Response response;
        gate_.serve_now(request, response);
        if (response.status >= 300) throw std::runtime_error("The demo could not be made: " + response.body);
        return json::parse(response.body).as_object();
    }

    api::Gate& gate_;
    std::string key_;
};

struct Pipeline {
    std::string agent;
    std::string scenario;
    std::vector<std::string> steps;
};

json::array make_members(Client& client) {
    json::array ids;
    for (const auto& [name, email] : members) {
        ids.emplace_back(client.post_for_id("/memberships", {{"name", name}, {"email", email}, {"role", "USER"}}));
    }
    return ids;
}

// New lead → Qualification (required) → Offer (on after a minute) → Follow-up → Won (out of the scenario).
Pipeline make_pipeline(Client& client, const json::array& team) {
    Pipeline made;
    made.agent = client.post_for_id(
        "/agents", {{"name", "Sales assistant"}, {"systemPrompt", "You help people to find the right plan."}});
    made.scenario = client.post_for_id("/crm/scenario", {{"name", "Sales"}});
    const auto add = [&](std::string_view name, json::object step) {
        step["scenarioId"] = made.scenario;
        step["name"] = name;
        made.steps.push_back(client.post_for_id("/crm/step", step));
    };
    add("New lead", {{"prompt", "Greet and ask what they are looking for."},
                     {"agentId", made.agent},
                     {"assigneeLogicType", "fair_distribution_selected"},
                     {"selectedMembershipIdsForAssignee", team}});
    add("Qualification",
        {{"trigger", "price"}, {"prompt", "Find out how many seats they need."}, {"isRequired", true}});
    add("Offer", {{"prompt", "Explain the offer."},
                  {"initialMessage", "Here is our offer. It holds for a week."},
                  {"defaultTags", json::array{"offer sent"}},
                  {"defaultPriority", "HIGH"}});
    add("Follow-up", {{"prompt", "Ask whether there are open questions."}});
    add("Won", {{"prompt", "Say thank you."},
                {"defaultStatus", "RESOLVED"},
                {"defaultTags", json::array{"customer"}},
                {"isConversationRemovalStep", true}});
    client.put(
        "/crm/step",
        {{"id", made.steps[2]}, {"autoNextStepId", made.steps[3]}, {"autoNextTime", 1}, {"autoNextTimeUnit", "m"}});
    return made;
}

std::string make_conversation(Client& client, const Pipeline& pipeline, std::size_t index) {
    const auto first = first_names[index % first_names.size()];
    const auto last = last_names[index / first_names.size()];
    const auto number = std::to_string(index);
    const json::object contact{{"firstName", first},
                               {"lastName", last},
                               {"email", "customer" + number + "@demo.example"},
                               {"phoneNumber", "+5541555501" + std::string(2 - number.size(), '0') + number}};
    return client.post_for_id("/conversation", {{"agentId", pipeline.agent},
                                                {"contact", contact},
                                                {"channel", channels[index % channels.size()]},
                                                {"priority", priorities[index % priorities.size()]},
                                                {"title", std::string(first) + ' ' + std::string(last)}});
}

Message message_of(const ConversationId& conversation, Sender sender, std::string_view text) {
    Message message;
    message.conversation_id = conversation;
    message.from = sender;
    message.text = text;
    return message;
}

// Messages and tags of all conversations.
void talk(WriteTx& tx, const std::vector<std::string>& conversations) {
    for (std::size_t index = 0; index < conversations.size(); ++index) {
        const ConversationId id{conversations[index]};
        messages::append(tx, message_of(id, Sender::human, questions[index % questions.size()]));
        if (index % 3 != 0) messages::append(tx, message_of(id, Sender::agent, answers[index % answers.size()]));
        if (index % 2 == 0) tags::change(tx, id, {}, {std::string(tag_names[index / 2 % tag_names.size()])});
    }
}

}  // namespace

Demo make_demo(App& app) {
    const Caller founder = organizations::founder(app.env());
    auto found = [](WriteTx& tx) {
        return organizations::found(tx, Name{"Demo"}, Email{"owner@demo.example"}, Name{"Olivia Owner"});
    };
    const auto key = app.database().write_now(founder, found).api_key;
    Client client(app.gate(), key);
    const auto pipeline = make_pipeline(client, make_members(client));

    std::vector<std::string> conversations;
    for (std::size_t index = 0; index < conversation_count; ++index) {
        conversations.push_back(make_conversation(client, pipeline, index));
    }
    auto say = [&](WriteTx& tx) { talk(tx, conversations); };
    app.database().write_now(founder, say);
    for (std::size_t index = 0; index < conversation_count; ++index) {
        const auto& step = pipeline.steps[places[index % places.size()]];
        client.post("/crm/step/conversation", {{"conversationId", conversations[index]}, {"stepId", step}});
    }
    return {key, pipeline.scenario, conversations.front(), pipeline.steps[2]};
}

std::string introduction(const Demo& demo, const std::string& url) {
    const auto authorization = " -H 'Authorization: Bearer " + demo.api_key + "' ";
    return R"(
The demo organization has a sales scenario of five steps and 40 conversations.
Its API key, shown only now:

  )" + demo.api_key +
           R"(

List the steps of the scenario:
  curl -s)" +
           authorization + '\'' + url + "/crm/step?scenarioId=" + demo.scenario + R"('

Move a conversation to the step 'Offer':
  curl -s)" +
           authorization + R"(-H 'Content-Type: application/json' -d '{"conversationId":")" + demo.conversation +
           R"(","destStepId":")" + demo.timed_step + R"("}' ')" + url + R"(/crm/step/move'

Ask why it is where it is:
  curl -s)" +
           authorization + '\'' + url + "/conversations/" + demo.conversation + R"(/explain'

A minute after the move the timer of 'Offer' moves the conversation on: ask once more then.

)";
}

}  // namespace etapa::app
