// What happens to a message that leaves through a provider, without a provider.
#include "flow/handover.hpp"

#include "crm/channels/store.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/scenarios/store.hpp"
#include "crm/stays/store.hpp"
#include "crm/steps/store.hpp"
#include "crm/test_crm.hpp"
#include "flow/enter.hpp"
#include "flow/send.hpp"

#include <boost/json/parse.hpp>

namespace etapa::flow {
namespace {

using Outcome = Receipt::Outcome;

// A number of WhatsApp, a conversation that wrote just now, and a scenario with a step that says something.
class Delivering : public CrmTest {
protected:
    Delivering() {
        write([&](WriteTx& tx) {
            const AgentId bot = tx.new_id<AgentId>();
            ChannelConnection number;
            number.agent_id = bot;
            number.phone_number_id = ShortText{"106"};
            connection = connections::insert(tx, number).id;
            Conversation made;
            made.id = conversation = tx.new_id<ConversationId>();
            made.organization_id = tx.organization();
            made.agent_id = bot;
            made.channel = Channel::whatsapp;
            made.channel_external_id = "4930";
            made.last_inbound_at = tx.now();
            conversations::insert(tx, made);
            Scenario scenario;
            scenario.name = {"Sales"};
            scenario = scenarios::append(tx, scenario);
            for (auto* id : {&fresh, &talk}) *id = steps::append(tx, step_in(scenario.id)).id;
        });
    }

    static Step step_in(const ScenarioId& scenario) {
        Step step;
        step.scenario_id = scenario;
        step.name = {"Talk"};
        step.initial_message = LongText{"Hello"};
        return step;
    }

    Entered place(const StepId& step, Cause cause = Cause::api_add) {
        return write([&](WriteTx& tx) {
            const Entry entry{.conversation = conversation, .target = step, .cause = cause};
            return enter(tx, {&entry, 1}).front();
        });
    }

    void use_template(const StepId& id, const std::optional<AgentId>& by = {}) {
        write([&](WriteTx& tx) {
            auto step = steps::lock(tx, id);
            step.whatsapp.emplace();
            step.whatsapp->template_agent_id = by;
            step.whatsapp->template_name = ShortText{"welcome"};
            step.whatsapp->template_language_code = ShortText{"pt_BR"};
            step.whatsapp->template_text = LongText{"Welcome back"};
            steps::save(tx, step);
        });
    }

    // Hands the waiting message over, as the runner would; the job stays, as it does until the end of an attempt.
    std::optional<Handover> hand_over_next() {
        return write([&](WriteTx& tx) {
            for (const auto& job : jobs::list(tx, JobState::pending, 10)) {
                if (job.kind == send_job_kind) return hand_over(tx, job);
            }
            ADD_FAILURE() << "no message waits";
            return std::optional<Handover>();
        });
    }

    void answer(const Handover& handover, Outcome outcome, const std::string& external_id = {}) {
        write([&](WriteTx& tx) {
            record(tx, handover.message.id, handover.connection.id, {outcome, external_id, "the provider said so"});
        });
    }

    void report(const DeliveryReport& progress) {
        write([&](WriteTx& tx) { note_progress(tx, connection, progress); });
    }

    std::optional<Message> only_message() {
        return read([&](ReadTx& tx) {
            auto messages = messages::latest(tx, conversation, 10);
            return messages.empty() ? std::nullopt : std::optional(std::move(messages.front().message));
        });
    }

    // What the last event says of the message.
    boost::json::object told() {
        const auto events = read([&](ReadTx& tx) { return events::after(tx, {.epoch = events::epoch(tx)}, 100); });
        EXPECT_EQ(events.back().kind, "message.changed");
        return boost::json::parse(events.back().changed_to.value).as_object();
    }

    DeliveryState delivery() { return only_message()->delivery.value(); }

    // The sentences of the rows of status error.
    std::vector<std::string> failures() {
        return read([&](ReadTx& tx) {
            stays::Filter filter;
            filter.conversation = conversation;
            filter.status = StayStatus::error;
            std::vector<std::string> sentences;
            for (const auto& stay : stays::page(tx, filter, 10, 0)) sentences.push_back(stay.detail.value_or(""));
            return sentences;
        });
    }

    ConnectionId connection;
    ConversationId conversation;
    StepId fresh;
    StepId talk;
};

TEST_F(Delivering, AStepLeavesAMessageThatWaitsAndAnswersWithoutKnowing) {
    const auto entered = place(talk);
    EXPECT_EQ(entered.message_sent, std::nullopt);
    EXPECT_EQ(entered.blocked_by_24h_rule, false);
    EXPECT_EQ(entered.message, only_message()->id);
    EXPECT_EQ(delivery(), DeliveryState::waiting);
}

TEST_F(Delivering, AnAcceptedMessageIsSentUnderTheProvidersId) {
    place(talk);
    const auto handover = hand_over_next();
    ASSERT_TRUE(handover);
    EXPECT_EQ(delivery(), DeliveryState::handed_over);
    EXPECT_EQ(handover->message.text, "Hello");
    EXPECT_EQ(handover->way.recipient, "4930");
    EXPECT_EQ(handover->connection.phone_number_id->value, "106");
    answer(*handover, Outcome::accepted, "wamid.1");
    EXPECT_EQ(delivery(), DeliveryState::sent);
    EXPECT_EQ(only_message()->external_id, "wamid.1");
    EXPECT_EQ(told().at("externalId"), "wamid.1");
}

// R29
TEST_F(Delivering, WhatWasHandedOverAndNeverRecordedIsUncertainAndNotSentAgain) {
    place(talk);
    ASSERT_TRUE(hand_over_next());
    EXPECT_FALSE(hand_over_next()) << "the job runs again after a crash";
    EXPECT_EQ(delivery(), DeliveryState::uncertain);
    EXPECT_EQ(failures().size(), 1);
    EXPECT_FALSE(hand_over_next());
    EXPECT_EQ(failures().size(), 1);
}

TEST_F(Delivering, WhatTheProviderRefusedFailsVisibly) {
    place(talk);
    answer(*hand_over_next(), Outcome::refused);
    EXPECT_EQ(delivery(), DeliveryState::failed);
    EXPECT_EQ(only_message()->delivery_error, "the provider said so");
    EXPECT_EQ(failures(), std::vector<std::string>{"The message of the step was not sent: the provider said so"});
}

TEST_F(Delivering, WhatTheProviderHadNoTimeForIsHandedOverAgain) {
    place(talk);
    answer(*hand_over_next(), Outcome::later);
    EXPECT_EQ(delivery(), DeliveryState::waiting);
    EXPECT_TRUE(hand_over_next());
}

TEST_F(Delivering, AnAttemptOfUnknownEndIsUncertain) {
    place(talk);
    answer(*hand_over_next(), Outcome::unknown);
    EXPECT_EQ(delivery(), DeliveryState::uncertain);
    EXPECT_FALSE(hand_over_next());
}

// R74, R75, R78
TEST_F(Delivering, TheWindowIsAskedWhenTheMessageLeaves) {
    place(talk);
    clock.advance(seconds(24 * 3'600));
    EXPECT_FALSE(hand_over_next());
    EXPECT_FALSE(only_message());
    EXPECT_EQ(failures(),
              std::vector<std::string>{"The message of the step was not sent: " + std::string(window_error)});
}

// R77
TEST_F(Delivering, ARefusalWithTheCodeOfTheWindowIsABlock) {
    place(talk);
    answer(*hand_over_next(), Outcome::window_closed);
    EXPECT_FALSE(only_message());
    EXPECT_EQ(failures().size(), 1);
}

// R76
TEST_F(Delivering, OutsideTheWindowTheTemplateGoes) {
    use_template(talk);
    clock.advance(seconds(24 * 3'600));
    const auto entered = place(talk);
    EXPECT_EQ(entered.blocked_by_24h_rule, false);
    const auto handover = hand_over_next();
    ASSERT_TRUE(handover);
    ASSERT_TRUE(handover->instead);
    EXPECT_EQ(handover->instead->name, "welcome");
    EXPECT_EQ(handover->instead->language, "pt_BR");
    EXPECT_EQ(only_message()->text, "Welcome back");
}

// R25: inside the window the text, and never both.
TEST_F(Delivering, InsideTheWindowTheTextGoes) {
    use_template(talk);
    place(talk);
    const auto handover = hand_over_next();
    ASSERT_TRUE(handover);
    EXPECT_FALSE(handover->instead);
    EXPECT_EQ(handover->message.text, "Hello");
}

TEST_F(Delivering, TheTemplateTakesThePlaceOfATextWhoseWindowClosedMeanwhile) {
    use_template(talk);
    place(talk);
    clock.advance(seconds(24 * 3'600));
    const auto handover = hand_over_next();
    ASSERT_TRUE(handover);
    EXPECT_TRUE(handover->instead);
    EXPECT_EQ(only_message()->text, "Welcome back");
    EXPECT_EQ(told().at("text"), "Welcome back");
}

// R25
TEST_F(Delivering, TheTemplateThatTakesItsPlaceGoesByItsOwnNumber) {
    const auto other = write([&](WriteTx& tx) {
        ChannelConnection number;
        number.agent_id = tx.new_id<AgentId>();
        number.phone_number_id = ShortText{"107"};
        return connections::insert(tx, number);
    });
    use_template(talk, other.agent_id);
    place(talk);
    EXPECT_EQ(only_message()->connection_id, connection.value);
    clock.advance(seconds(24 * 3'600));
    const auto handover = hand_over_next();
    ASSERT_TRUE(handover);
    EXPECT_EQ(handover->connection.id, other.id);
    EXPECT_EQ(handover->way.connection_id, other.id);
    EXPECT_EQ(only_message()->connection_id, other.id.value);
}

TEST_F(Delivering, ATemplateWhoseNumberIsNotConnectedTakesNoPlace) {
    use_template(talk, AgentId{"nobody"});
    place(talk);
    clock.advance(seconds(24 * 3'600));
    EXPECT_FALSE(hand_over_next());
    EXPECT_FALSE(only_message());
    EXPECT_EQ(failures().size(), 1);
}

// R10, R18.3
TEST_F(Delivering, WhatTheStepBeforeWantedToSayIsDropped) {
    place(talk);
    place(fresh, Cause::api_move);
    EXPECT_FALSE(hand_over_next());
    EXPECT_FALSE(only_message());
    EXPECT_TRUE(failures().empty());
}

TEST_F(Delivering, AConnectionThatIsGoneSendsNothing) {
    place(talk);
    write([&](WriteTx& tx) { connections::remove(tx, connection); });
    EXPECT_FALSE(hand_over_next());
    EXPECT_EQ(delivery(), DeliveryState::failed);
    EXPECT_EQ(place(fresh).message_error, "The channel whatsapp is not connected.");
}

TEST_F(Delivering, ReportsMoveAMessageForwardOnly) {
    place(talk);
    answer(*hand_over_next(), Outcome::accepted, "wamid.1");
    report({"wamid.1", DeliveryState::read, false, {}, {}});
    EXPECT_EQ(delivery(), DeliveryState::read);
    report({"wamid.1", DeliveryState::delivered, false, {}, {}});
    report({"wamid.unknown", DeliveryState::read, false, {}, {}});
    EXPECT_EQ(delivery(), DeliveryState::read);
}

TEST_F(Delivering, AReportOfFailureIsSeenOnce) {
    place(talk);
    answer(*hand_over_next(), Outcome::accepted, "wamid.1");
    report({"wamid.1", DeliveryState::failed, false, "undeliverable", {}});
    report({"wamid.1", DeliveryState::failed, false, "undeliverable", {}});
    EXPECT_EQ(delivery(), DeliveryState::failed);
    EXPECT_EQ(failures().size(), 1);
}

TEST_F(Delivering, AReportOfAClosedWindowIsABlock) {
    place(talk);
    answer(*hand_over_next(), Outcome::accepted, "wamid.1");
    report({"wamid.1", DeliveryState::failed, true, "Re-engagement message", {}});
    EXPECT_FALSE(only_message());
    EXPECT_EQ(failures(),
              std::vector<std::string>{"The message of the step was not sent: " + std::string(window_error)});
}

// A number sends 80 messages in a second at most.
TEST_F(Delivering, MessagesOfANumberArePaced) {
    write([&](WriteTx& tx) {
        const auto known = conversations::lock(tx, conversation);
        for (int count = 0; count < 3; ++count) {
            Message message;
            message.text = std::to_string(count);
            EXPECT_TRUE(send(tx, known, message));
        }
    });
    const auto due = read([&](ReadTx& tx) {
        std::vector<std::int64_t> times;
        for (const auto& job : jobs::list(tx, JobState::pending, 10))
            times.push_back((job.due_at - start).milliseconds);
        return times;
    });
    EXPECT_EQ(due, (std::vector<std::int64_t>{0, 13, 26}));
}

}  // namespace
}  // namespace etapa::flow
