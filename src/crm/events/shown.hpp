#pragma once
// An event as it is told to the outside: to webhooks and in the live stream. The list of `GET /events` shows the bare
// event; here the conversation, scenario and step that it is about stand out, because receivers sort by them.

#include "crm/events/event.hpp"

#include <optional>
#include <string>

namespace etapa::events {

struct ShownEvent {
    std::string kind;
    std::string subject_id;
    std::optional<std::string> conversation_id;
    std::optional<std::string> scenario_id;
    std::optional<std::string> step_id;
    JsonObject changed_from;
    JsonObject changed_to;
    ActorKind actor_kind = ActorKind::engine;
    std::string actor_id;
    std::string cause;
    Time created_at;

    static constexpr std::string_view schema_name = "ShownEvent";
    static consteval auto fields() {
        return describe(field("type", &ShownEvent::kind, "What happened."),
                        field("subjectId", &ShownEvent::subject_id, "What it happened to."),
                        field("conversationId", &ShownEvent::conversation_id, "The conversation that it is about."),
                        field("scenarioId", &ShownEvent::scenario_id, "The scenario that it is about."),
                        field("stepId", &ShownEvent::step_id, "The step that it is about."),
                        field("from", &ShownEvent::changed_from, "The changed members before."),
                        field("to", &ShownEvent::changed_to, "The changed members after."),
                        field("actorKind", &ShownEvent::actor_kind, "Who acted."),
                        field("actorId", &ShownEvent::actor_id, "Key or membership that acted."),
                        field("cause", &ShownEvent::cause, "Request or job in which it happened."),
                        field("createdAt", &ShownEvent::created_at, "When it happened."));
    }

    // What has to be told in order: the conversation, or else the subject.
    [[nodiscard]] const std::string& lane() const { return conversation_id ? *conversation_id : subject_id; }
};

ShownEvent shown(const Event& event);

}  // namespace etapa::events
