// Judge: finds keywords (R43). A trigger is a list of words and phrases, divided by commas, semicolons, vertical bars
// or line breaks; one of them has to stand in the message as whole words, whatever the case and the accents.
#include "base/fold.hpp"
#include "base/text.hpp"
#include "flow/triggers/trigger.hpp"

#include <algorithm>
#include <unordered_map>

namespace etapa::flow {
namespace {

// What one judgement looks at: the message's beginning, and so much of each trigger.
constexpr std::size_t message_words_max = 4'000;
constexpr std::size_t keywords_max = 1'000;
constexpr std::size_t keyword_words_max = 100;

using Words = std::vector<std::string>;

std::vector<std::string_view> keywords_of(std::string_view trigger) {
    constexpr std::string_view dividers = ",;|\n\r";
    std::vector<std::string_view> keywords;
    while (!trigger.empty() && keywords.size() < keywords_max) {
        const auto end = std::min(trigger.find_first_of(dividers), trigger.size());
        const auto keyword = trimmed(trigger.substr(0, end));
        if (!keyword.empty()) keywords.push_back(keyword);
        trigger.remove_prefix(std::min(end + 1, trigger.size()));
    }
    return keywords;
}

// The message, with the places at which each of its words stands.
class Text {
public:
    explicit Text(std::string_view text) : words_(folded_words(text, message_words_max)) {
        for (std::size_t at = 0; at < words_.size(); ++at) places_[words_[at]].push_back(at);
    }

    [[nodiscard]] bool holds(const Words& phrase) const {
        if (phrase.empty()) return false;
        const auto places = places_.find(phrase.front());
        if (places == places_.end()) return false;
        return std::ranges::any_of(places->second, [&](std::size_t at) {
            return phrase.size() <= words_.size() - at &&
                   std::equal(phrase.begin(), phrase.end(), words_.begin() + static_cast<std::ptrdiff_t>(at));
        });
    }

private:
    Words words_;
    std::unordered_map<std::string_view, std::vector<std::size_t>> places_;
};

std::optional<std::string> first_found(const Text& text, std::string_view trigger) {
    for (const auto keyword : keywords_of(trigger)) {
        if (text.holds(folded_words(keyword, keyword_words_max))) return std::string(keyword);
    }
    return std::nullopt;
}

// With several hits the nearest following step, else the nearest preceding one.
const JudgedCandidate* nearest(const std::vector<JudgedCandidate>& candidates, std::int64_t position) {
    const JudgedCandidate* preceding = nullptr;
    for (const auto& candidate : candidates) {
        if (!candidate.keyword || candidate.behind_step_id) continue;
        if (candidate.step_index > position) return &candidate;
        preceding = &candidate;
    }
    return preceding;
}

std::optional<StepId> required_before(const TriggerQuestion& question, const TriggerCandidate& candidate) {
    const auto& barrier = question.barrier;
    return barrier && candidate.position > barrier->position ? std::optional(barrier->id) : std::nullopt;
}

// Why nothing was chosen. What was found nevertheless is out of reach.
std::string rule_of_staying(const TriggerQuestion& question, const Judgement& judgement) {
    for (const auto& candidate : judgement.candidates) {
        if (!candidate.keyword) continue;
        return "a keyword of the step '" + candidate.step_name +
               "' stands in the message, but the step lies behind the required step '" + question.barrier->name +
               "' (R41)";
    }
    return "no keyword stands in the message";
}

void judge(const TriggerQuestion& question, Judgement& judgement) {
    const Text text(question.text);
    for (const auto& candidate : question.candidates) {
        judgement.candidates.push_back({candidate.step_id, candidate.name, candidate.position,
                                        first_found(text, candidate.trigger), required_before(question, candidate)});
    }
    const auto* chosen = nearest(judgement.candidates, question.position);
    if (chosen == nullptr) {
        judgement.rule = rule_of_staying(question, judgement);
        return;
    }
    judgement.chosen_step_id = chosen->step_id;
    judgement.rule = chosen->step_index > question.position
                         ? "the nearest following step of which a keyword stands in the message"
                         : "the nearest preceding step of which a keyword stands in the message";
}

}  // namespace

extern const TriggerJudge judge_keywords{"keywords", judge};

}  // namespace etapa::flow
