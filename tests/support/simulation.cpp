#include "support/simulation.hpp"

#include "support/invariants.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace etapa::tests {
namespace {

struct Weighed {
    Act act;
    std::string_view name;
    unsigned weight;
};

constexpr std::array acts{
    Weighed{Act::create_conversation, "create_conversation", 10},
    Weighed{Act::delete_conversation, "delete_conversation", 2},
    Weighed{Act::place, "place", 14},
    Weighed{Act::move, "move", 20},
    Weighed{Act::leave, "leave", 4},
    Weighed{Act::say, "say", 6},
    Weighed{Act::assign, "assign", 6},
    Weighed{Act::unassign, "unassign", 2},
    Weighed{Act::set_status, "set_status", 6},
    Weighed{Act::set_priority, "set_priority", 2},
    Weighed{Act::switch_ai, "switch_ai", 2},
    Weighed{Act::create_scenario, "create_scenario", 2},
    Weighed{Act::delete_scenario, "delete_scenario", 1},
    Weighed{Act::create_step, "create_step", 5},
    Weighed{Act::change_step, "change_step", 12},
    Weighed{Act::reorder_steps, "reorder_steps", 2},
    Weighed{Act::delete_step, "delete_step", 2},
    Weighed{Act::create_member, "create_member", 2},
    Weighed{Act::change_member, "change_member", 2},
    Weighed{Act::delete_member, "delete_member", 1},
    Weighed{Act::hear, "hear", 30},
    Weighed{Act::hear_again, "hear_again", 4},
    Weighed{Act::ask_agent, "ask_agent", 5},
    Weighed{Act::write, "write", 12},
    Weighed{Act::set_entrance, "set_entrance", 3},
    Weighed{Act::create_webhook, "create_webhook", 4},
    Weighed{Act::wake_webhook, "wake_webhook", 3},
    Weighed{Act::delete_webhook, "delete_webhook", 1},
    Weighed{Act::change_receiver, "change_receiver", 8},
    Weighed{Act::change_provider, "change_provider", 5},
    Weighed{Act::lose_lease, "lose_lease", 5},
    Weighed{Act::pass_time, "pass_time", 30},
    Weighed{Act::set_clock_back, "set_clock_back", 1},
    Weighed{Act::restart, "restart", 1},
    Weighed{Act::lose_power, "lose_power", 2},
};

Act draw_act(Random& random) {
    unsigned all = 0;
    for (const auto& one : acts) all += one.weight;
    auto drawn = random.below(all);
    for (const auto& one : acts) {
        if (drawn < one.weight) return one.act;
        drawn -= one.weight;
    }
    return Act::pass_time;
}

template <std::size_t count>
const std::string& pick(const std::array<std::string, count>& choices, std::uint32_t number) {
    return choices.at(number % count);
}

const std::array<std::string, 3> statuses{"RESOLVED", "UNRESOLVED", "HUMAN_REQUESTED"};
const std::array<std::string, 3> priorities{"LOW", "MEDIUM", "HIGH"};
const std::array<std::string, 3> words{"price", "hello", ""};

std::string pick(const std::vector<std::string>& ids, std::uint32_t number) {
    return ids.empty() ? "nobody" : ids[number % ids.size()];
}

std::string json_of(const boost::json::object& object) { return boost::json::serialize(object); }

}  // namespace

std::vector<Operation> operations_of(std::uint64_t seed, int count) {
    SeededRandom random(seed);
    std::vector<Operation> operations;
    // A life begins with something to do: two of the steps greet, one of them those who ask for the price.
    constexpr std::uint32_t gets_trigger = 6;
    constexpr std::uint32_t gets_greeting = 7;
    operations = {{Act::create_scenario, {}},
                  {Act::create_step, {}},
                  {Act::create_step, {}},
                  {Act::create_step, {}},
                  {Act::change_step, {1, gets_trigger}},
                  {Act::change_step, {1, gets_greeting}},
                  {Act::change_step, {2, gets_greeting}},
                  {Act::set_entrance, {}},
                  {Act::create_member, {}},
                  {Act::create_member, {}},
                  {Act::create_webhook, {}},
                  {Act::create_conversation, {}}};
    for (int index = 0; index < count; ++index) {
        Operation operation{draw_act(random), {}};
        for (auto& number : operation.numbers) number = static_cast<std::uint32_t>(random.below(1'000'000));
        operations.push_back(operation);
    }
    return operations;
}

std::string in_words(const std::vector<Operation>& operations) {
    std::string words;
    for (const auto& [act, numbers] : operations) {
        words += std::ranges::find(acts, act, &Weighed::act)->name;
        for (const auto number : numbers) words += ' ' + std::to_string(number);
        words += '\n';
    }
    return words;
}

Simulation::Simulation() : disk_(Disk::instance()), provider_(world_), receivers_(world_) {
    world_.internet().answer = [this](const net::OutboundRequest& request) { return answer(request); };
}

std::optional<std::string> Simulation::run(const std::vector<Operation>& operations) {
    for (const auto& operation : operations) {
        run(operation);
        if (const auto found = wrong(); !found.empty()) return "after " + in_words({operation}) + found;
    }
    const auto left = unfinished();
    return left.empty() ? std::nullopt : std::optional(left);
}

std::string Simulation::wrong() {
    if (!failed_call_.empty()) return failed_call_;
    auto check = [](ReadTx& tx) { return broken_invariants(tx); };
    const auto broken = world_.database().read_now(world_.caller(), check);
    if (!broken.empty()) return broken.front();
    board_.follow(world_);
    for (const auto& found : {provider_.wrong(Provider::Moment::meanwhile), receivers_.look()}) {
        if (!found.empty()) return found;
    }
    return difference(stored_standings(world_), board_.standings());
}

// Every job ends, done or given up: timers in a circle stop, too (R57). Everybody outside is told everything.
std::string Simulation::unfinished() {
    constexpr int passes_max = 300;
    if (auto found = untold(); !found.empty()) return found;
    for (int count = 0; count < passes_max; ++count) {
        const auto jobs = call("GET", "/jobs?state=pending&limit=1");
        if (jobs.json.as_array().empty()) {
            const auto found = wrong();
            return found.empty() ? receivers_.missing() : found;
        }
        pass(seconds(40 * 24 * 3'600));
        board_.follow(world_);  // events are kept for 90 days
    }
    return "jobs are left at the end";
}

void Simulation::run(const Operation& operation) {
    const auto& numbers = operation.numbers;
    switch (operation.act) {
        case Act::create_conversation: return create("/conversation", "{}", conversations_);
        case Act::pass_time: {
            constexpr std::array<std::uint32_t, 4> spans{60, 3'600, 24 * 3'600, 20 * 24 * 3'600};
            return pass(seconds(numbers[0] % spans.at(numbers[1] % spans.size())));
        }
        case Act::set_clock_back: return world_.clock().advance(seconds(-static_cast<int>(numbers[0] % 7'200)));
        case Act::restart: world_.stop(); return world_.start();
        case Act::lose_power: return lose_power(operation);
        case Act::create_scenario:
        case Act::delete_scenario:
        case Act::create_step:
        case Act::change_step:
        case Act::reorder_steps:
        case Act::delete_step:
        case Act::create_member:
        case Act::change_member:
        case Act::delete_member: return run_on_design(operation.act, operation);
        case Act::hear:
        case Act::hear_again:
        case Act::ask_agent:
        case Act::set_entrance:
        case Act::create_webhook:
        case Act::wake_webhook:
        case Act::delete_webhook:
        case Act::change_receiver:
        case Act::change_provider:
        case Act::lose_lease: return run_outside(operation);
        default: return run_on_conversation(operation.act, operation, pick(conversations_, numbers[0]));
    }
}

void Simulation::run_on_conversation(Act act, const Operation& operation, const std::string& conversation) {
    const auto& numbers = operation.numbers;
    const auto one = "/conversations/" + conversation;
    const auto step = pick(steps_, numbers[1]);
    switch (act) {
        case Act::delete_conversation:
            provider_.forget(conversation);
            call("DELETE", one);
            return;
        case Act::write:
            call("POST", "/conversations/message/conversationId/" + conversation, R"({"message":"How are you?"})");
            return;
        case Act::place:
            call("POST", "/crm/step/conversation", json_of({{"conversationId", conversation}, {"stepId", step}}));
            return;
        case Act::move:
            call("POST", "/crm/step/move",
                 json_of({{"conversationId", conversation},
                          {"destStepId", step},
                          {"shouldSendInitialMessage", numbers[2] % 2 == 0}}));
            return;
        case Act::leave:
            call("DELETE",
                 "/crm/scenario/" + pick(scenarios_, numbers[1]) + "/conversation?conversationId=" + conversation);
            return;
        case Act::say:
            call("POST", one + "/message-register",
                 json_of({{"message", "hello"}, {"from", numbers[1] % 2 == 0 ? "human" : "agent"}}));
            return;
        case Act::assign:
            call("POST", one + "/assign",
                 json_of({{"membershipId", pick(members_, numbers[1])}, {"force", numbers[2] % 2 == 0}}));
            return;
        case Act::unassign: call("POST", one + "/unassign"); return;
        case Act::set_status:
            call("POST", one + "/set-status", json_of({{"status", pick(statuses, numbers[1])}}));
            return;
        case Act::set_priority:
            call("POST", one + "/set-priority", json_of({{"priority", pick(priorities, numbers[1])}}));
            return;
        default: call("POST", one + "/set-ai-enabled", json_of({{"enabled", numbers[1] % 2 == 0}})); return;
    }
}

void Simulation::run_on_design(Act act, const Operation& operation) {
    const auto& numbers = operation.numbers;
    switch (act) {
        case Act::create_scenario: return create("/crm/scenario", R"({"name":"Sales"})", scenarios_);
        case Act::delete_scenario: call("DELETE", "/crm/scenario/" + pick(scenarios_, numbers[0])); return;
        case Act::create_step:
            return create("/crm/step",
                          json_of({{"name", "Step"}, {"prompt", "x"}, {"scenarioId", pick(scenarios_, numbers[0])}}),
                          steps_);
        case Act::change_step: return change_step(operation);
        case Act::reorder_steps: return reorder_steps(pick(scenarios_, numbers[0]));
        case Act::delete_step: call("DELETE", "/crm/step", json_of({{"id", pick(steps_, numbers[0])}})); return;
        case Act::create_member: {
            const auto email = "member" + std::to_string(members_.size()) + "@acme.example";
            return create("/memberships", json_of({{"email", email}, {"name", email}, {"role", "USER"}}), members_);
        }
        case Act::change_member:
            call("PATCH", "/memberships/" + pick(members_, numbers[0]), json_of({{"disabled", numbers[1] % 2 == 0}}));
            return;
        default: call("DELETE", "/memberships/" + pick(members_, numbers[0])); return;
    }
}

// One property of the step becomes another one.
void Simulation::change_step(const Operation& operation) {
    const auto& numbers = operation.numbers;
    const std::array<std::string, 3> modes{"single_user", "random_selected", "fair_distribution_selected"};
    boost::json::object change{{"id", pick(steps_, numbers[0])}};
    switch (numbers[1] % 10) {
        case 0:
            change["autoNextStepId"] = pick(steps_, numbers[2]);
            change["autoNextTime"] = 1 + numbers[3] % 30;
            change["autoNextTimeUnit"] = pick(std::array<std::string, 4>{"s", "m", "h", "d"}, numbers[3] / 30);
            break;
        case 1: change["autoNextTime"] = nullptr; break;
        case 2: change["defaultStatus"] = pick(statuses, numbers[2]); break;
        case 3:
            change["assigneeLogicType"] = pick(modes, numbers[2]);
            change["selectedMembershipIdsForAssignee"] =
                boost::json::array{pick(members_, numbers[2]), pick(members_, numbers[3])};
            break;
        case 4: change["assigneeLogicType"] = numbers[2] % 2 == 0 ? "clear" : "none"; break;
        case 5: change["isConversationRemovalStep"] = numbers[2] % 4 == 0; break;
        case 6: change["trigger"] = pick(words, numbers[2]); break;
        case 7: change["initialMessage"] = "Hello {user-name}, this is {step-name}"; break;
        case 8: change["webhookUrl"] = "https://hook2.example/step"; break;
        default: change["defaultPriority"] = pick(priorities, numbers[2]); change["isRequired"] = numbers[3] % 4 == 0;
    }
    call("PUT", "/crm/step", json_of(change));
}

void Simulation::reorder_steps(const std::string& scenario) {
    const auto steps = call("GET", "/crm/step?scenarioId=" + scenario);
    if (!steps.json.is_array()) return;
    boost::json::array reversed;
    for (const auto& step : steps.json.as_array()) reversed.insert(reversed.begin(), step.at("id"));
    call("PUT", "/crm/step/order", json_of({{"scenarioId", scenario}, {"stepIds", reversed}}));
}

void Simulation::pass(Duration span) {
    passed_ = {passed_.milliseconds + span.milliseconds};
    world_.run_jobs();  // what is due already does not wait until then
    world_.pass(span);
}

// The power fails while something is stored, perhaps after somebody outside was told; a server of PostgreSQL has no
// such disk, and is only left for a while.
void Simulation::lose_power(const Operation& operation) {
    if (db::tests_use_postgres()) {
        world_.stop();
        return world_.start();
    }
    disk_.cut_power_at(1 + operation.numbers[3] % 40);
    const auto& numbers = operation.numbers;
    run_on_conversation(Act::place, operation, pick(conversations_, numbers[0]));
    run_on_conversation(Act::move, operation, pick(conversations_, numbers[0]));
    receivers_.allow_repetition();
    try {
        run_outside({Act::hear, numbers});
        pass(seconds(60));
    } catch (const db::StoreUnavailable&) {
        long_attempts_ = 0;  // the power is gone
    }
    world_.stop();
    disk_.power_on(random_);
    world_.start();
}

Answer Simulation::call(std::string_view method, const std::string& target, const std::string& body) {
    auto answer = world_.call(method, target, body);
    const bool is_refused = answer.status == 503 && !disk_.has_power();
    if (answer.status >= 500 && !is_refused && failed_call_.empty()) {
        failed_call_ = std::string(method) + ' ' + target + ' ' + body + " answered " + answer.body;
    }
    return answer;
}

void Simulation::create(std::string_view target, const std::string& body, Ids& ids) {
    const auto answer = call("POST", std::string(target), body);
    if (answer.status == 201) ids.push_back(answer.text("id"));
}

}  // namespace etapa::tests
