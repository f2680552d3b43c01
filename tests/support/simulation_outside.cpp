// The part of a simulated life that leaves the process, or comes from outside.
#include "support/simulation.hpp"
#include "work/runner.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace etapa::tests {
namespace {

const std::array<std::string, 5> sentences{"Hi", "What is the PRICE?", "hello there", "Thank you", "price, hello"};
const std::array<std::string, 3> wishes{"", R"(["message.created","message.changed","step.entered"])",
                                        R"(["conversation.created","conversation.changed","conversation.deleted"])"};
constexpr std::size_t webhooks_max = 4;

// Another node on the same database, which lives for a moment.
struct OtherNode {
    OtherNode(World& world, Random& random)
        : env{world.clock(), Log::silent(), metrics, random},
          alarm(world.clock()),
          courier(env, world.internet(), settings(vault)),
          runner(env, world.database(), alarm, courier, work::Retention{.events = seconds(90LL * 86'400)}) {}

    static work::CourierSettings settings(const Vault& vault) {
        work::CourierSettings settings;
        settings.providers = {&vault, "https://graph.facebook.com/v21.0"};
        return settings;
    }

    Metrics metrics;
    Env env;
    Alarm alarm;
    Vault vault{std::string(crypto::key_bytes, 'k')};  // the same key file
    work::Courier courier;
    work::Runner runner;
};

}  // namespace

void Simulation::Outside::add(const Outside& other) {
    heard += other.heard;
    sent += other.sent;
    told += other.told;
    refused += other.refused;
    lost_leases += other.lost_leases;
}

Simulation::Outside Simulation::outside() const {
    return {provider_.said(), provider_.taken(), receivers_.taken(), receivers_.refused(), lost_leases_};
}

net::OutboundResult Simulation::answer(const net::OutboundRequest& request) {
    auto result = Receivers::is_for(request) ? receivers_.answer(request) : provider_.answer(request);
    if (long_attempts_ > 0) {
        --long_attempts_;
        outlive_lease();
    }
    return result;
}

// The answer takes longer than the lease, and this node could not extend it: another one takes over all that was
// leased.
void Simulation::outlive_lease() {
    constexpr Duration longer_than_a_lease = seconds(9);
    receivers_.allow_repetition();
    auto nothing = [](WriteTx&) {};
    world_.database().write_now(world_.caller(), nothing);  // attempts that have ended are recorded before
    world_.clock().advance(longer_than_a_lease);
    passed_ = {passed_.milliseconds + longer_than_a_lease.milliseconds};
    ++lost_leases_;
    OtherNode other(world_, random_);
    other.runner.run_due();
}

void Simulation::know(const std::string& conversation) {
    if (conversation.empty() || std::ranges::find(conversations_, conversation) != conversations_.end()) return;
    conversations_.push_back(conversation);
}

void Simulation::run_outside(const Operation& operation) {
    const auto& numbers = operation.numbers;
    const auto& sentence = sentences.at(numbers[1] % sentences.size());
    const auto pick = [](const Ids& ids, std::uint32_t number) {
        return ids.empty() ? std::string("nobody") : ids[number % ids.size()];
    };
    switch (operation.act) {
        case Act::hear: return know(provider_.say(numbers[0], sentence));
        case Act::hear_again: return know(provider_.repeat(numbers[0]));
        case Act::ask_agent: {
            boost::json::object question{{"query", sentence}};
            if (numbers[2] % 3 != 0) question["conversationId"] = pick(conversations_, numbers[0]);
            const auto answer =
                call("POST", "/agents/" + provider_.agent() + "/query", boost::json::serialize(question));
            if (answer.status == 200) know(answer.text("conversationId"));
            return;
        }
        case Act::set_entrance: {
            const boost::json::object entrance{{"scenarioId", pick(scenarios_, numbers[0])}, {"stepId", nullptr}};
            call("POST", "/agents/" + provider_.agent() + "/crm-config", boost::json::serialize(entrance));
            return;
        }
        case Act::create_webhook: {
            const auto some = call("GET", "/webhooks");
            if (some.json.as_array().size() >= webhooks_max) return;
            return receivers_.add(numbers[0], wishes.at(numbers[1] % wishes.size()));
        }
        case Act::wake_webhook:
            call("PATCH", "/webhooks/" + pick(receivers_.ids(), numbers[0]), R"({"state":"active"})");
            return;
        case Act::delete_webhook: call("DELETE", "/webhooks/" + pick(receivers_.ids(), numbers[0])); return;
        case Act::change_receiver: {
            constexpr std::array moods{Receivers::Mood::well, Receivers::Mood::well,   Receivers::Mood::out_of_order,
                                       Receivers::Mood::busy, Receivers::Mood::silent, Receivers::Mood::flaky,
                                       Receivers::Mood::gone};
            return receivers_.set_mood(numbers[0], moods.at(numbers[1] % moods.size()));
        }
        case Act::change_provider: {
            const auto mood = static_cast<int>(numbers[0] % (2 * Provider::moods));
            return provider_.set_mood(mood < Provider::moods ? Provider::Mood{static_cast<std::uint8_t>(mood)}
                                                             : Provider::Mood::well);
        }
        default:  // lose_lease: once, or by this node and by the one that takes over
            long_attempts_ = 1 + numbers[0] % 2;
            return pass(seconds(numbers[1] % 600));
    }
}

// Everybody outside is well again: what was not acknowledged comes again, and what waits is sent and told. The longest
// wait is a day and a tenth.
std::string Simulation::untold() {
    constexpr int days = 4;
    long_attempts_ = 0;
    receivers_.recover();
    provider_.set_mood(Provider::Mood::well);
    if (!provider_.repeat_all()) return "the hook does not take what is said";
    for (int day = 0; day < days; ++day) {
        pass(seconds(27 * 3'600));
        if (auto found = wrong(); !found.empty()) return found;
    }
    const auto left = provider_.wrong(Provider::Moment::at_the_end);
    return left.empty() ? receivers_.missing() : left;
}

}  // namespace etapa::tests
