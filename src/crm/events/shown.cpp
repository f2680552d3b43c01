#include "crm/events/shown.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace etapa::events {
namespace {

using boost::json::object;

object parsed(const JsonObject& members) { return boost::json::parse(members.value).as_object(); }

std::optional<std::string> text_in(const object& members, std::string_view name) {
    const auto* value = members.if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

}  // namespace

ShownEvent shown(const Event& event) {
    ShownEvent shown{event.kind,
                     event.subject_id,
                     {},
                     {},
                     {},
                     event.changed_from,
                     event.changed_to,
                     event.actor_kind,
                     event.actor_id,
                     event.cause,
                     event.created_at};
    const object after = parsed(event.changed_to);
    const object before = parsed(event.changed_from);
    const auto named = [&](std::string_view noun) -> std::optional<std::string> {
        if (event.kind.starts_with(std::string(noun) + '.') && noun != "step") return event.subject_id;
        const auto member = std::string(noun) + "Id";
        auto id = text_in(after, member);
        return id ? id : text_in(before, member);
    };
    shown.conversation_id = named("conversation");
    shown.scenario_id = named("scenario");
    shown.step_id = named("step");
    // `step.entered` is about a placement; what happens to the step itself has the step as its subject.
    const bool is_step_itself =
        event.kind == "step.created" || event.kind == "step.changed" || event.kind == "step.deleted";
    if (is_step_itself) shown.step_id = event.subject_id;
    return shown;
}

}  // namespace etapa::events
