#include "crm/steps/store.hpp"

namespace etapa::steps {
namespace {

// The units are fixed spans, not calendar days.
Duration length_of(std::optional<TimeUnit> unit) {
    if (!unit) return seconds(1);
    switch (*unit) {
        case TimeUnit::minutes: return seconds(60);
        case TimeUnit::hours: return seconds(3'600);
        case TimeUnit::days: return seconds(86'400);
    }
    ensure(false, "all units are listed");
    return {};
}

}  // namespace

Duration auto_next_span(const Step& step) {
    const auto count = step.auto_next_time ? step.auto_next_time->number() : 0;
    return {count *
            length_of(step.auto_next_time_unit).milliseconds};  // 366 days of seconds times a day fit in 64 bits
}

std::optional<Duration> auto_next_after(const Step& step) {
    if (!step.auto_next_step_id || !step.auto_next_time || step.is_conversation_removal_step) return std::nullopt;
    return auto_next_span(step);
}

bool allows_timers(const Step& step) { return step.auto_next_step_id && step.auto_next_time; }

bool keeps_timer(const Step& step, Time entered_at) {
    return allows_timers(step) && (!step.timers_ended_at || entered_at > *step.timers_ended_at);
}

}  // namespace etapa::steps
