#pragma once
// A message on its way out through a provider (R29).
//
// The message is stored at once, and a job waits to hand it over. Handing over is marked in a transaction of its own
// before anything leaves the process, and what became of it is recorded in another one. A server that dies in between
// leaves a message that is perhaps sent: it is marked as uncertain, for people to see, and never sent again.

#include "crm/channels/connection.hpp"
#include "crm/conversations/conversation.hpp"
#include "crm/jobs/job.hpp"
#include "crm/messages/message.hpp"
#include "crm/stays/stay.hpp"
#include "crm/steps/step.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>

namespace etapa::flow {

inline constexpr std::string_view send_job_kind = "message.send";

// An approved text of the provider's.
struct TemplateReference {
    std::string name;
    std::string language;

    static consteval auto fields() {
        return describe(field("name", &TemplateReference::name, "Its name."),
                        field("language", &TemplateReference::language, "Its language."));
    }
};

// The entry into a step that said a message; its `metadata`.
struct SaidBy {
    ScenarioId scenario_id;
    StepId step_id;
    PlacementId placement_id;
    std::int64_t entry_seq = 0;
    Cause cause = Cause::entry;

    static consteval auto fields() {
        return describe(field("scenarioId", &SaidBy::scenario_id, "The scenario."),
                        field("stepId", &SaidBy::step_id, "The step."),
                        field("placementId", &SaidBy::placement_id, "The placement."),
                        field("entrySeq", &SaidBy::entry_seq, "The entry."),
                        field("cause", &SaidBy::cause, "Why the conversation entered."));
    }
};

// Where a message goes: the number that sends it, and the one that gets it.
struct Way {
    ConnectionId connection_id;
    std::string recipient;

    static consteval auto fields() {
        return describe(field("connectionId", &Way::connection_id, "Connection that sends."),
                        field("recipient", &Way::recipient, "Address at the provider."));
    }
};

// The way to the end user of a conversation, through the connection that they wrote to, or else their agent's; through
// that of `agent` when one is given. Empty when there is no connection, or no address.
std::optional<Way> way_to(ReadTx& tx, const Conversation& conversation, const std::optional<AgentId>& agent = {});

// Stores a message of the organization's side and leaves the job that hands it over. `instead`: the template that the
// provider delivers in its place; only if the window has closed by then when `text_first`, and then by its own way.
struct Wrapped {
    std::optional<TemplateReference> instead = {};
    std::optional<Way> way_instead = {};
    bool text_first = false;
    std::string template_text = {};  // what the conversation shows of it
};
Message dispatch(WriteTx& tx, Message message, const Way& way, const Wrapped& wrapped = {});

// A message that is about to leave the process.
struct Handover {
    Message message;
    Way way;
    std::optional<TemplateReference> instead;
    ChannelConnection connection;
};

// Marks the job's message as handed over; empty when there is nothing to hand over: the step that said it was left
// (R18.3), the window is closed (R74, R75), or an earlier attempt ended nobody knows how.
std::optional<Handover> hand_over(WriteTx& tx, const Job& job);

// The job's message will not be sent: marks it as failed, or as uncertain when an attempt ended nobody knows how.
void abandon_message(WriteTx& tx, const Job& job);

// What the provider said.
struct Receipt {
    enum class Outcome : std::uint8_t {
        accepted,
        refused,        // it will not be taken, however often it is tried
        window_closed,  // R77
        later,          // nothing was taken, and it may be tried again
        unknown,        // perhaps taken
    } outcome = Outcome::unknown;
    std::string external_id;
    std::string error;
};

// Records what became of a message that was handed over.
void record(WriteTx& tx, const MessageId& id, const ConnectionId& connection, const Receipt& receipt);

// The provider tells later how far a message has got. Reports may come twice, and in any order.
struct DeliveryReport {
    std::string external_id;
    DeliveryState delivery = DeliveryState::delivered;
    bool window_closed = false;
    std::string error;
    std::string message_id;  // ours, where the provider gives it back: it may report before its answer is recorded
};
void note_progress(WriteTx& tx, const ConnectionId& connection, const DeliveryReport& progress);

}  // namespace etapa::flow
