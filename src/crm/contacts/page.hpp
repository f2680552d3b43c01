#pragma once
// Pages of contacts, newest first, and of the conversations of one: what a client may filter by (API fact 8.1).

#include "crm/contacts/contact.hpp"
#include "crm/conversations/page.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace etapa::contacts {

// Every filter narrows the page. Those about conversations hold when one conversation of the contact fits them all.
struct Wanted {
    Within<0, 1'000'000'000> offset;
    AtMost<1'000> limit{100};
    std::optional<Text<200>> search;
    std::vector<ShortText> tags;
    std::optional<ScenarioId> crm_scenario;
    std::optional<StepId> crm_step;
    std::optional<ConversationStatus> conversation_status;
    std::optional<AgentId> agent;
    std::optional<Priority> priority;
    std::optional<Time> start_date;
    std::optional<Time> end_date;
    std::optional<bool> has_email;
    std::optional<bool> has_phone;
    std::optional<Channel> channel;

    static consteval auto fields() {
        return describe(
            field("offset", &Wanted::offset, "How many of the newest to leave out."),
            field("limit", &Wanted::limit, "How many contacts at most; above 1000 means 1000."),
            field("search", &Wanted::search,
                  "A part of the name, the e-mail address or the phone number, whatever its case and accents."),
            field("tags", &Wanted::tags, "Tags, repeated or separated by commas, of which a conversation carries one."),
            field("crmScenario", &Wanted::crm_scenario, "Scenario in which a conversation is active."),
            field("crmStep", &Wanted::crm_step, "Step at which a conversation is active."),
            field("conversationStatus", &Wanted::conversation_status, "Status of a conversation."),
            field("agent", &Wanted::agent, "Agent of a conversation."),
            field("priority", &Wanted::priority, "Priority of a conversation."),
            field("startDate", &Wanted::start_date, "Created at or after. A date alone means its first instant, UTC."),
            field("endDate", &Wanted::end_date, "Created at or before."),
            field("hasEmail", &Wanted::has_email, "Whether an e-mail address is known."),
            field("hasPhone", &Wanted::has_phone, "Whether a phone number is known."),
            field("channel", &Wanted::channel, "Channel of a conversation."));
    }
};

std::vector<Contact> page(ReadTx& tx, const Wanted& wanted);
// How many there are on all pages together.
std::int64_t count(ReadTx& tx, const Wanted& wanted);

struct WantedConversations {
    AtMost<100> limit{25};
    std::optional<conversations::Cursor> cursor;

    static consteval auto fields() {
        return describe(field("limit", &WantedConversations::limit, "Size of the page; above 100 means 100."),
                        field("cursor", &WantedConversations::cursor,
                              "Last row of the page before, as JSON: {\"lastCreatedAt\": its createdAt, \"lastId\": "
                              "its id}."));
    }
};

// The conversations of a contact, newest first, with those that are still on their way to it.
std::vector<Conversation> conversations_of(ReadTx& tx, const ContactId& id, const WantedConversations& wanted);

// What hangs on these contacts. Beyond 100,000 nobody counts: it would take longer than a write may.
struct Belongings {
    std::int64_t conversations = 0;
    std::int64_t messages = 0;  // of those conversations
    std::int64_t variables = 0;
};
Belongings belongings_of(ReadTx& tx, const std::vector<ContactId>& ids);

}  // namespace etapa::contacts
