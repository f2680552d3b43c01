#pragma once
// An event is a fact, recorded in the transaction that made it true: what changed, from what to what, and who did it.
// The live stream, webhooks, the decision log and replay all read events.

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"

namespace etapa {

struct Event {
    std::int64_t transaction_id = 0;
    std::int64_t sequence = 0;
    OrganizationId organization_id;
    std::string kind;  // a past participle: `step.entered`
    std::string subject_id;
    JsonObject changed_from;
    JsonObject changed_to;
    ActorKind actor_kind = ActorKind::engine;
    std::string actor_id;
    std::string cause;
    Time created_at;

    static constexpr std::string_view schema_name = "Event";
    static consteval auto fields() {
        return describe(field("transactionId", &Event::transaction_id, "Order of transactions.", internal),
                        field("sequence", &Event::sequence, "Order within a transaction.", internal),
                        field("organizationId", &Event::organization_id, "Organization.", internal),
                        field("type", &Event::kind, "What happened.", column("kind")),
                        field("subjectId", &Event::subject_id, "What it happened to."),
                        field("from", &Event::changed_from, "The changed members before.", column("changed_from")),
                        field("to", &Event::changed_to, "The changed members after.", column("changed_to")),
                        field("actorKind", &Event::actor_kind, "Who acted."),
                        field("actorId", &Event::actor_id, "Key or membership that acted."),
                        field("cause", &Event::cause, "Request or job in which it happened."),
                        field("createdAt", &Event::created_at, "When it happened."));
    }
};

}  // namespace etapa
