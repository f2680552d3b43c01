// Placing conversations into scenarios and moving them between steps.
#include "api/resources.hpp"
#include "crm/messages/store.hpp"
#include "crm/placements/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/steps/store.hpp"
#include "flow/enter.hpp"
#include "flow/send.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

constexpr std::int64_t index_max = 1'000'000;
using StepIndex = Within<0, index_max>;

struct Placing {
    ConversationId conversation_id;
    std::optional<ScenarioId> scenario_id;
    std::optional<StepId> step_id;
    std::optional<StepIndex> step_index;

    static constexpr std::string_view schema_name = "Placing";
    static consteval auto fields() {
        return describe(field("conversationId", &Placing::conversation_id, "Conversation to place.", required),
                        field("scenarioId", &Placing::scenario_id, "Scenario; alone it means its first step."),
                        field("stepId", &Placing::step_id, "Exact step; then scenarioId and stepIndex are ignored."),
                        field("stepIndex", &Placing::step_index, "Position of the step in the scenario, from 0."));
    }
};

struct Moving {
    ConversationId conversation_id;
    std::optional<ScenarioId> scenario_id;
    std::optional<StepId> dest_step_id;
    std::optional<StepIndex> dest_step_index;
    bool should_send_initial_message = false;

    static constexpr std::string_view schema_name = "Moving";
    static consteval auto fields() {
        return describe(
            field("conversationId", &Moving::conversation_id, "Conversation to move.", required),
            field("scenarioId", &Moving::scenario_id, "Scenario; must be the one of destStepId when both are sent."),
            field("destStepId", &Moving::dest_step_id, "Target step."),
            field("destStepIndex", &Moving::dest_step_index, "Position of the target step in the scenario, from 0."),
            field("shouldSendInitialMessage", &Moving::should_send_initial_message,
                  "Also say the target step's initial message."));
    }
};

// Where a conversation was sent.
struct Arrived {
    ConversationId conversation;
    std::optional<StepId> step;

    [[nodiscard]] bool is_there(ReadTx& tx) const {
        return std::ranges::any_of(placements::of(tx, {conversation}), [&](const Placement& placement) {
            return placement.available && placement.step_id == step;
        });
    }
};

// Looks how a message fared that was handed to a provider; true when that is known (R28). One that is gone was blocked
// by the provider or at the last moment (R74, R77), or dropped as the conversation had left the step (R10, R89); its id
// names nothing any more. Of one whose fate will never be known, nobody is told that it was not sent: it would be sent
// again.
bool learn_fate(ReadTx& tx, const Arrived& arrived, std::optional<MessageId>& id, std::optional<bool>& sent,
                std::optional<std::string>& error, std::optional<bool>& blocked) {
    if (sent || !id) return true;
    const auto message = messages::find(tx, *id);
    if (!message) {
        id.reset();
        sent = false;
        const bool is_blocked = arrived.is_there(tx);
        if (is_blocked) blocked = true;
        error = is_blocked ? flow::window_error : "The conversation left the step before the message was sent.";
        return true;
    }
    const auto state = message->message.delivery.value_or(DeliveryState::sent);
    if (state == DeliveryState::waiting || state == DeliveryState::handed_over) return false;
    if (state != DeliveryState::uncertain) sent = state != DeliveryState::failed;
    error = message->message.delivery_error;
    return true;
}

// API fact 2.4.
struct PlacingResult {
    bool success = true;
    std::optional<std::string> message;
    std::optional<StepId> new_step_id;
    std::optional<bool> message_sent;
    std::optional<std::string> send_message_error;
    std::optional<MessageId> sent_message_id;
    std::optional<LongText> initial_message;
    std::optional<AgentId> step_agent_id;
    std::optional<bool> blocked_by_24h_rule;
    std::optional<AgentId> zapi_agent_id;
    std::optional<ShortText> zapi_phone_number;
    std::optional<LongText> zapi_message;
    ConversationId conversation_id;  // not told

    bool settle(ReadTx& tx) {
        return learn_fate(tx, {conversation_id, new_step_id}, sent_message_id, message_sent, send_message_error,
                          blocked_by_24h_rule);
    }

    static constexpr std::string_view schema_name = "AlterStepResult";
    static consteval auto fields() {
        return describe(
            field("success", &PlacingResult::success, "Whether the conversation was placed."),
            field("message", &PlacingResult::message, "What happened, in a sentence."),
            field("newStepId", &PlacingResult::new_step_id, "Step that the conversation is in."),
            field("messageSent", &PlacingResult::message_sent, "Null: there was nothing to send (R28)."),
            field("sendMessageError", &PlacingResult::send_message_error, "Why nothing was sent."),
            field("sentMessageId", &PlacingResult::sent_message_id, "The message that was sent."),
            field("initialMessage", &PlacingResult::initial_message, "The step's initial message."),
            field("stepAgentId", &PlacingResult::step_agent_id, "The step's agent."),
            field("blockedBy24hRule", &PlacingResult::blocked_by_24h_rule, "Null: not subject to the rule (R79)."),
            field("zapiAgentId", &PlacingResult::zapi_agent_id, "The step's Z-API agent."),
            field("zapiPhoneNumber", &PlacingResult::zapi_phone_number, "The step's Z-API number."),
            field("zapiMessage", &PlacingResult::zapi_message, "The step's Z-API text."),
            field("conversationId", &PlacingResult::conversation_id, "The conversation.", internal));
    }
};

// API fact 5.2; note `messageError` here and `sendMessageError` there.
struct MovingResult {
    bool success = true;
    std::string message;
    std::optional<StepId> new_step_id;
    std::optional<bool> message_sent;
    std::optional<std::string> message_error;
    std::optional<MessageId> sent_message_id;
    std::optional<bool> blocked_by_24h_rule;
    ConversationId conversation_id;  // not told

    bool settle(ReadTx& tx) {
        return learn_fate(tx, {conversation_id, new_step_id}, sent_message_id, message_sent, message_error,
                          blocked_by_24h_rule);
    }

    static constexpr std::string_view schema_name = "MoveResult";
    static consteval auto fields() {
        return describe(
            field("success", &MovingResult::success, "Whether the conversation is in the step."),
            field("message", &MovingResult::message, "What happened, in a sentence."),
            field("newStepId", &MovingResult::new_step_id, "Step that the conversation is in."),
            field("messageSent", &MovingResult::message_sent, "Null: not asked for or nothing to send (R28)."),
            field("messageError", &MovingResult::message_error, "Why nothing was sent."),
            field("sentMessageId", &MovingResult::sent_message_id, "The message that was sent."),
            field("blockedBy24hRule", &MovingResult::blocked_by_24h_rule, "Null: not subject (R79)."),
            field("conversationId", &MovingResult::conversation_id, "The conversation.", internal));
    }
};

Problem bad_request(std::string_view path, const std::string& message) {
    BadFields bad;
    bad.add(std::string(path), message);
    return {400, "invalid_request", "The request is not valid: " + std::string(path) + ' ' + message + '.', bad.list()};
}

StepId step_at(ReadTx& tx, const ScenarioId& scenario, std::int64_t index) {
    const auto step = steps::find_at(tx, scenarios::get(tx, scenario).id, index);
    if (!step) throw Problem(404, "not_found", "The scenario has no step at index " + std::to_string(index) + '.');
    return step->id;
}

// An explicit step; else scenario and position; else the scenario's first step (R12).
StepId target_of(ReadTx& tx, const Placing& placing) {
    if (placing.step_id) return *placing.step_id;
    if (!placing.scenario_id) throw bad_request("scenarioId", "is required when there is no stepId");
    if (placing.step_index) return step_at(tx, *placing.scenario_id, placing.step_index->value);
    const auto first = steps::find_at(tx, scenarios::get(tx, *placing.scenario_id).id, 0);
    if (!first) throw bad_request("scenarioId", "names a scenario that has no step");
    return first->id;
}

StepId target_of(ReadTx& tx, const Moving& moving) {
    if (moving.dest_step_id) {
        if (moving.scenario_id &&
            scenarios::get(tx, *moving.scenario_id).id != steps::get(tx, *moving.dest_step_id).scenario_id) {
            throw bad_request("scenarioId", "is not the scenario of destStepId");
        }
        return *moving.dest_step_id;
    }
    if (!moving.scenario_id) throw bad_request("destStepId", "is required, or scenarioId with destStepIndex");
    if (!moving.dest_step_index) throw bad_request("destStepIndex", "is required when there is no destStepId");
    return step_at(tx, *moving.scenario_id, moving.dest_step_index->value);
}

// Enters, or throws the answer for what stands in the way.
flow::Entered enter(WriteTx& tx, const flow::Entry& entry) {
    using Outcome = flow::Entered::Outcome;
    auto entered = flow::enter(tx, {&entry, 1}).front();
    switch (entered.outcome) {
        case Outcome::conversation_gone: throw not_found("conversation", entry.conversation.value);
        case Outcome::target_gone: throw not_found("step", entry.target.value);
        case Outcome::not_outside: throw conflict("The conversation is already in this scenario; move it instead.");
        case Outcome::not_inside:
            throw Problem(404, "not_found",
                          "The conversation is not active in the scenario of this step; "
                          "place it with POST /crm/step/conversation.");
        case Outcome::stale: ensure(false, "no state was expected");
        case Outcome::entered:
        case Outcome::stayed: break;
    }
    return entered;
}

PlacingResult result_of(const Placing& placing, const flow::Entered& entered) {
    PlacingResult result;
    result.conversation_id = placing.conversation_id;
    result.message = "Conversation placed in step " + entered.step.name.value +
                     (entered.message_sent.value_or(false) ? " and initial message sent." : ".");
    result.new_step_id = entered.step.id;
    result.message_sent = entered.message_sent;
    result.send_message_error = entered.message_error;
    result.sent_message_id = entered.message;
    result.initial_message = entered.step.initial_message;
    result.step_agent_id = entered.step.agent_id;
    result.blocked_by_24h_rule = entered.blocked_by_24h_rule;
    if (const auto& zapi = entered.step.zapi) {
        result.zapi_agent_id = zapi->agent_id;
        result.zapi_phone_number = zapi->phone_number;
        result.zapi_message = zapi->message;
    }
    return result;
}

// 409 when the conversation is active in the scenario already; an old placement is revived (R11).
PlacingResult place_conversation(WriteTx& tx, const Placing& placing) {
    return result_of(placing, enter(tx, {.conversation = placing.conversation_id,
                                         .target = target_of(tx, placing),
                                         .cause = Cause::api_add,
                                         .from = flow::From::outside}));
}

// Only within the scenario in which the conversation is active (R13); to its own step it changes nothing (R14).
MovingResult move_conversation(WriteTx& tx, const Moving& moving) {
    const auto say = moving.should_send_initial_message ? flow::Say::always : flow::Say::by_cause;
    const auto entered = enter(tx, {.conversation = moving.conversation_id,
                                    .target = target_of(tx, moving),
                                    .cause = Cause::api_move,
                                    .from = flow::From::inside,
                                    .say = say});
    MovingResult result;
    result.conversation_id = moving.conversation_id;
    const bool stayed = entered.outcome == flow::Entered::Outcome::stayed;
    result.message = (stayed ? "Conversation is already in step " : "Conversation moved to step ") +
                     entered.step.name.value +
                     (entered.message_sent.value_or(false) ? " and initial message sent." : ".");
    result.new_step_id = entered.step.id;
    result.message_sent = entered.message_sent;
    result.message_error = entered.message_error;
    result.sent_message_id = entered.message;
    result.blocked_by_24h_rule = entered.blocked_by_24h_rule;
    return result;
}

}  // namespace

void movement(Router& router) {
    router.resource("Movement", "Placing conversations in scenarios and moving them between steps.");
    router.post("/crm/step/conversation", "Place a conversation in a step", place_conversation)
        .error_members(R"(,"success":false,"blockedBy24hRule":null)");
    router.post("/crm/step/move", "Move a conversation to another step", move_conversation);
}

}  // namespace etapa::api
