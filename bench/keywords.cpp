// How fast triggers are judged, in one thread, without a database; for bench/alive.
//
//     keywords SECONDS
//
// Five steps with ten phrases each, and a message of 200 characters in which none stands, or one of the last step's.
// `find` beside them searches the bytes of the message for the bytes of each phrase: it knows neither words, nor case,
// nor accents. Prints JSON.

#include "flow/triggers/trigger.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <functional>
#include <iostream>

namespace {

using namespace etapa;
using SteadyClock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 50> phrases{
    "price",          "how much",       "cost",          "quotation",    "preço",           "discount code",
    "price list",     "cheaper",        "special offer", "orçamento",    "book a visit",    "appointment",
    "see the house",  "visit tomorrow", "agendar",       "come by",      "meet on Monday",  "free this week",
    "calendar",       "horário",        "sign",          "contract",     "send the papers", "ready to buy",
    "fechar negócio", "bank account",   "down payment",  "instalments",  "invoice",         "boleto",
    "complaint",      "does not work",  "broken",        "refund",       "reclamação",      "speak to human",
    "manager",        "third time",     "never again",   "atendente",    "cancel",          "unsubscribe",
    "stop writing",   "not interested", "cancelar",      "wrong number", "leave me alone",  "delete my data",
    "no thanks",      "não quero"};

constexpr std::string_view message =
    "Olá! Good morning, this is Ana from São Paulo; we spoke on Friday about the flat near the station. "
    "Could you tell me whether the garage belongs to it, and what the neighbours are like? Many greetings to ";

std::vector<flow::TriggerCandidate> steps() {
    constexpr std::size_t phrases_each = 10;
    std::vector<flow::TriggerCandidate> made;
    for (std::size_t at = 0; at < phrases.size(); ++at) {
        if (at % phrases_each == 0) {
            const auto position = static_cast<std::int64_t>(made.size() + 1);
            made.push_back({{"step" + std::to_string(position)}, "Step", position, ""});
        }
        made.back().trigger += std::string(phrases.at(at)) + ", ";
    }
    return made;
}

struct Length {
    std::chrono::seconds seconds;
};

boost::json::object measure(const Length& length, const std::function<void()>& once) {
    constexpr std::int64_t batch = 100;
    std::int64_t count = 0;
    const auto begin = SteadyClock::now();
    while (SteadyClock::now() - begin < length.seconds) {
        for (std::int64_t turn = 0; turn < batch; ++turn) once();
        count += batch;
    }
    const std::chrono::duration<double> span = SteadyClock::now() - begin;
    const auto each = span.count() / static_cast<double>(count);
    return {{"count", count}, {"perSecond", 1 / each}, {"microseconds", each * 1e6}};
}

boost::json::object judged(const Length& length, const std::string& text, bool moves) {
    const flow::TriggerQuestion question{text, 0, steps()};
    return measure(length, [&] {
        flow::Judgement judgement;
        flow::trigger_judge().judge(question, judgement);
        if (judgement.chosen_step_id.has_value() != moves) throw std::runtime_error("it was judged otherwise");
    });
}

boost::json::object found(const Length& length, const std::string& text) {
    return measure(length, [&] {
        for (const auto phrase : phrases) {
            if (text.find(phrase) != std::string::npos) throw std::runtime_error("no phrase stands in the message");
        }
    });
}

}  // namespace

int main(int count, char** arguments) {
    try {
        if (count != 2) throw std::runtime_error("say how many seconds");
        const Length length{std::chrono::seconds(std::stoll(arguments[1]))};
        const auto without = std::string(message) + "all.";
        const auto with = std::string(message) + "all. Não QUERO";
        std::cout << boost::json::serialize(boost::json::object{{"keywords", phrases.size()},
                                                                {"bytes", without.size()},
                                                                {"none", judged(length, without, false)},
                                                                {"last", judged(length, with, true)},
                                                                {"find", found(length, without)}})
                  << '\n';
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << "keywords: " << failure.what() << '\n';
        return 1;
    }
}
