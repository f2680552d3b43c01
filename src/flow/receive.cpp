#include "flow/receive.hpp"

#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/messages/store.hpp"
#include "crm/placements/store.hpp"
#include "flow/change.hpp"
#include "flow/entrance.hpp"
#include "flow/timers.hpp"
#include "flow/triggers.hpp"

#include <algorithm>

namespace etapa::flow {
namespace {

// Where the turn takes place.
struct Place {
    Conversation conversation;
    bool born = false;
};

bool is_known(const Contact& user) { return user.email || user.phone_number || user.external_id; }

std::optional<ContactId> contact_of(WriteTx& tx, const Inbound& inbound) {
    if (!is_known(inbound.end_user)) return inbound.contact;
    if (const auto same = contacts::find_same(tx, inbound.end_user)) return same->id;
    const auto contact = contacts::insert(tx, inbound.end_user);
    events::publish_created(tx, "contact.created", contact);
    return contact.id;
}

std::optional<ShortText> new_visitor(WriteTx& tx) { return ShortText{tx.new_id<ConversationId>().value}; }

// It counts the message that is about to be stored, so that one event tells of its birth.
Conversation begin(WriteTx& tx, const Inbound& inbound, const ConversationId& id) {
    Conversation conversation;
    conversation.id = id;
    conversation.organization_id = tx.organization();
    conversation.created_at = tx.now();
    conversation.updated_at = tx.now();
    conversation.agent_id = inbound.agent;
    conversation.contact_id = contact_of(tx, inbound);
    conversation.channel = inbound.channel;
    conversation.visitor_id = inbound.visitor_id ? inbound.visitor_id : new_visitor(tx);
    if (inbound.thread) conversation.channel_external_id = inbound.thread->external_id;
    conversation.unread_messages_count = 1;
    conversation.last_inbound_at = std::min(inbound.sent_at.value_or(tx.now()), tx.now());
    conversations::insert(tx, conversation);
    events::publish_created(tx, "conversation.created", conversation);
    return conversation;
}

// An agent takes part in its own conversations, in those of nobody, and in those where a step lets it answer (R20).
bool takes_part(ReadTx& tx, const AgentId& agent, const Conversation& conversation) {
    if (!conversation.agent_id || *conversation.agent_id == agent) return true;
    return std::ranges::any_of(placements::of(tx, {conversation.id}),
                               [&](const Placement& one) { return one.available && one.responding_agent_id == agent; });
}

std::optional<Conversation> wanted_conversation(WriteTx& tx, const Inbound& inbound) {
    if (!inbound.conversation) return std::nullopt;
    auto known = conversations::find_and_lock(tx, *inbound.conversation);
    if (known && !takes_part(tx, inbound.agent, *known)) known.reset();
    return known;
}

// The conversation that was begun with this person from here, before they ever wrote: their answer belongs there.
std::optional<ConversationId> spoken_to(ReadTx& tx, const Inbound& inbound) {
    if (inbound.channel == Channel::api || !inbound.end_user.phone_number) return std::nullopt;
    conversations::Reach reach;
    reach.address = inbound.end_user.phone_number->value;
    reach.agent = inbound.agent;
    reach.channel = inbound.channel;
    const auto newest = conversations::find_newest(tx, reach);
    return newest ? std::optional(newest->id) : std::nullopt;
}

Place place_of_thread(WriteTx& tx, const Inbound& inbound) {
    const auto fresh = tx.new_id<ConversationId>();
    auto id = threads::claim(tx, *inbound.thread, fresh);
    if (id == fresh) {
        if (const auto known = spoken_to(tx, inbound)) {
            id = *known;
            threads::point(tx, *inbound.thread, id);
        }
    }
    if (id != fresh) {
        if (auto known = conversations::find_and_lock(tx, id)) return {*std::move(known), false};
        threads::point(tx, *inbound.thread, fresh);
    }
    return {begin(tx, inbound, fresh), true};
}

Place place_of(WriteTx& tx, const Inbound& inbound) {
    if (auto known = wanted_conversation(tx, inbound)) return {*std::move(known), false};
    if (inbound.thread) return place_of_thread(tx, inbound);
    return {begin(tx, inbound, tx.new_id<ConversationId>()), true};
}

// R113.
std::optional<Received> known_already(ReadTx& tx, const Inbound& inbound) {
    if (!inbound.thread || inbound.external_id.empty()) return std::nullopt;
    const auto known = messages::find_external(tx, inbound.thread->connection_id, inbound.external_id);
    if (!known) return std::nullopt;
    return Received{true, known->conversation_id, known->visitor_id.value_or(""), known->id};
}

// What a message of the end user does to the conversation that it is said in. Words that came another way than through
// its channel do not open the channel's window: no `said_at` (R73).
Conversation stirred(WriteTx& tx, const Conversation& before, Conversation after, std::optional<Time> said_at) {
    after.unread_messages_count += 1;
    if (said_at) after.last_inbound_at = std::max(before.last_inbound_at.value_or(*said_at), *said_at);
    if (after.status == ConversationStatus::resolved) after.status = ConversationStatus::unresolved;
    change(tx, before, after);
    timers::heard(tx, after.id, timers::Voice::end_user);
    return after;
}

// A known conversation learns who the end user is, if it did not know, and counts the message.
Conversation joined(WriteTx& tx, const Inbound& inbound, const Conversation& before) {
    Conversation after = before;
    if (!after.visitor_id) after.visitor_id = inbound.visitor_id ? inbound.visitor_id : new_visitor(tx);
    if (!after.contact_id) {
        after.contact_id = contact_of(tx, inbound);
        if (after.contact_id) contacts::attach(tx, *after.contact_id, before);
    }
    const bool same_way = inbound.channel == before.channel;
    const auto said_at =
        same_way ? std::optional(std::min(inbound.sent_at.value_or(tx.now()), tx.now())) : std::nullopt;
    return stirred(tx, before, std::move(after), said_at);
}

Message message_of(const Inbound& inbound) {
    Message message;
    message.text = inbound.text;
    message.attachments = inbound.attachments;
    message.metadata = inbound.metadata;
    if (inbound.visitor_id) message.visitor_id = inbound.visitor_id->value;
    if (inbound.thread && !inbound.external_id.empty()) {
        message.connection_id = inbound.thread->connection_id;
        message.external_id = inbound.external_id;
    }
    return message;
}

Message append(WriteTx& tx, const Conversation& conversation, Message message, const std::optional<MessageId>& newest) {
    message.conversation_id = conversation.id;
    message.from = Sender::human;
    message.contact_id = conversation.contact_id;
    if (!message.visitor_id && conversation.visitor_id) message.visitor_id = conversation.visitor_id->value;
    message = messages::append(tx, std::move(message), newest);
    events::publish_created(tx, "message.created", message);
    return message;
}

}  // namespace

Message hear(WriteTx& tx, const Conversation& conversation, Message message) {
    auto stored = append(tx, conversation, std::move(message), messages::newest_in(tx, conversation.id));
    stirred(tx, conversation, conversation, std::nullopt);
    return stored;
}

Received receive(WriteTx& tx, const Inbound& inbound) {
    if (auto known = known_already(tx, inbound)) return *std::move(known);
    const auto [conversation, born] = place_of(tx, inbound);
    // Whoever delivered the same message at the same time held the thread until now.
    if (auto known = born ? std::nullopt : known_already(tx, inbound)) return *std::move(known);
    const auto newest = born ? std::nullopt : messages::newest_in(tx, conversation.id);
    const auto after = born ? conversation : joined(tx, inbound, conversation);
    const auto message = append(tx, after, message_of(inbound), newest);
    const bool entered = !newest && enter_automatically(tx, after);
    if (!entered && inbound.kind == Inbound::Kind::message) follow_triggers(tx, after, message);
    return {false, conversation.id, message.visitor_id.value_or(""), message.id};
}

}  // namespace etapa::flow
