// The contacts: the end users as the organization knows them.
#include "api/resources.hpp"
#include "base/ranges.hpp"
#include "crm/contact_variables/store.hpp"
#include "crm/contacts/page.hpp"
#include "crm/contacts/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/conversations/view.hpp"
#include "crm/events/store.hpp"
#include "flow/clear.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

struct ContactPage {
    static constexpr bool many_rows = true;
    std::vector<Contact> contacts;
    std::int64_t count = 0;

    static constexpr std::string_view schema_name = "ContactPage";
    static consteval auto fields() {
        return describe(field("contacts", &ContactPage::contacts, "The page."),
                        field("count", &ContactPage::count, "How many contacts all pages have together."));
    }
};

// A contact as a client describes it: absent members stay as they are, null clears them.
struct ContactWish {
    std::optional<ContactId> id;
    std::optional<Email> email;
    std::optional<ShortText> phone_number;
    std::optional<ShortText> first_name;
    std::optional<ShortText> last_name;
    std::optional<ShortText> external_id;
    std::optional<ShortText> user_id;
    std::optional<ShortText> picture;
    std::optional<JsonObject> metadata;
    std::optional<ConversationId> conversation_id;

    static constexpr std::string_view schema_name = "Contact";
    static consteval auto fields() {
        return describe(
            field("id", &ContactWish::id, "The contact to change, where the path does not name it."),
            field("email", &ContactWish::email, "E-mail address; of one contact only."),
            field("phoneNumber", &ContactWish::phone_number, "Phone number with country code; of one contact only."),
            field("firstName", &ContactWish::first_name, "First name."),
            field("lastName", &ContactWish::last_name, "Last name."),
            field("externalId", &ContactWish::external_id, "Id in another system."),
            field("userId", &ContactWish::user_id, "As externalId, for older clients."),
            field("picture", &ContactWish::picture, "Address of a picture."),
            field("metadata", &ContactWish::metadata, "Free data."),
            field("conversationId", &ContactWish::conversation_id, "Conversation whose end user the contact becomes."));
    }
};

struct Merge {
    ContactId id;
    std::vector<ContactId> merge_ids;

    static constexpr std::string_view schema_name = "Merge";
    static consteval auto fields() {
        return describe(field("id", &Merge::id, "The contact that stays.", required),
                        field("mergeIds", &Merge::merge_ids, "The contacts that become it, at most 50.", required));
    }
};

struct MergeReport {
    std::int64_t contacts = 0;
    std::int64_t conversations = 0;
    std::int64_t messages = 0;
    std::int64_t variables = 0;
    std::int64_t variables_dropped = 0;
    std::vector<std::string> members_dropped = {};

    static constexpr std::string_view schema_name = "MergeReport";
    static consteval auto fields() {
        return describe(
            field("contacts", &MergeReport::contacts, "Contacts that are gone."),
            field("conversations", &MergeReport::conversations, "Conversations that passed on; counted up to 100000."),
            field("messages", &MergeReport::messages, "Messages of those conversations; counted up to 100000."),
            field("variables", &MergeReport::variables, "Variables that passed on."),
            field("variablesDropped", &MergeReport::variables_dropped,
                  "Variables that are gone, because the contact has one of this name, or 200 already."),
            field("membersDropped", &MergeReport::members_dropped,
                  "Members of which a value is gone, because the contact has another one."));
    }
};

struct MergedContact {
    Contact contact;
    MergeReport merged;

    static constexpr std::string_view schema_name = "MergedContact";
    static consteval auto fields() {
        return describe(spread(&MergedContact::contact),
                        field("merged", &MergedContact::merged, "What the merge has moved and removed."));
    }
};

struct DeletionReport {
    std::int64_t contacts = 1;
    std::int64_t variables = 0;
    std::int64_t conversations_kept = 0;

    static constexpr std::string_view schema_name = "ContactDeletionReport";
    static consteval auto fields() {
        return describe(field("contacts", &DeletionReport::contacts, "The contact itself."),
                        field("variables", &DeletionReport::variables, "Variables that went with it."),
                        field("conversationsKept", &DeletionReport::conversations_kept,
                              "Conversations that stay, without a contact; counted up to 100000."));
    }
};

struct ContactDeleted {
    std::string message = "Contact deleted successfully.";
    DeletionReport deleted;

    static constexpr std::string_view schema_name = "ContactDeleted";
    static consteval auto fields() {
        return describe(field("message", &ContactDeleted::message, "What happened."),
                        field("deleted", &ContactDeleted::deleted, "What went."));
    }
};

// Spaced or marked otherwise, it is still the same number.
bool is_same_number(const std::optional<ShortText>& one, const std::optional<ShortText>& other) {
    return one && other && !contacts::digits_of(one->value).empty() &&
           contacts::digits_of(one->value) == contacts::digits_of(other->value);
}

Contact applied(const New<ContactWish>& body, Contact contact) {
    const auto& wish = body.entity();
    const auto take = [&](std::string_view name, auto& into, const auto& wanted) {
        if (body.named().has(name) && !body.bad().names(name)) into = wanted;
    };
    take("email", contact.email, wish.email);
    if (!is_same_number(contact.phone_number, wish.phone_number)) {
        take("phoneNumber", contact.phone_number, wish.phone_number);
    }
    take("firstName", contact.first_name, wish.first_name);
    take("lastName", contact.last_name, wish.last_name);
    take("userId", contact.external_id, wish.user_id);
    take("externalId", contact.external_id, wish.external_id);
    take("picture", contact.picture, wish.picture);
    take("metadata", contact.metadata, wish.metadata);
    return contact;
}

// An address or number belongs to one contact. What a contact has already it may keep.
void check_unique(WriteTx& tx, const Contact& before, const Contact& after) {
    std::vector<BadField> taken;
    const auto check = [&](std::string path, const std::optional<Contact>& holder) {
        if (holder && holder->id != before.id) taken.push_back({std::move(path), "belongs to another contact"});
    };
    Contact changed;
    if (after.email != before.email) changed.email = after.email;
    if (after.phone_number != before.phone_number) changed.phone_number = after.phone_number;
    contacts::claim(tx, changed);
    if (after.email && after.email != before.email) check("email", contacts::find_by_email(tx, *after.email));
    if (after.phone_number && after.phone_number != before.phone_number) {
        check("phoneNumber", contacts::find_by_phone_number(tx, after.phone_number->value));
    }
    if (taken.empty()) return;
    std::string sentence = "Another contact has the same";
    for (const auto& field : taken) sentence += ' ' + field.path + ',';
    sentence.back() = '.';
    throw Problem(409, "conflict", std::move(sentence), std::move(taken));
}

void attach(WriteTx& tx, const Contact& contact, const Conversation& conversation) {
    if (conversation.contact_id == contact.id) return;
    events::Members from;
    events::Members to;
    from.add("contactId", conversation.contact_id);
    to.add("contactId", contact.id);
    contacts::attach(tx, contact.id, conversation);
    events::publish(tx, "conversation.changed", conversation.id.value, from, to);
}

// Stores the contact as the body wishes it to be; `before` without an id is a new one.
Contact store(WriteTx& tx, const Contact& before, const New<ContactWish>& body) {
    BadFields bad = body.bad();
    const auto& attached = body.entity().conversation_id;
    std::vector<Conversation> conversations;
    if (attached) conversations = conversations::lock_all(tx, {*attached});
    if (attached && conversations.empty()) bad.add("conversationId", "names no conversation");
    bad.refuse();
    Contact contact = applied(body, before);
    check_unique(tx, before, contact);
    if (before.id.empty()) {
        contact = contacts::insert(tx, contact);
        events::publish_created(tx, "contact.created", contact);
    } else if (events::publish_changed(tx, "contact.changed", before, contact)) {
        contact.updated_at = time_of_change(before.updated_at, tx.now());
        contacts::save(tx, contact);
    }
    for (const auto& conversation : conversations) attach(tx, contact, conversation);
    return contact;
}

// The contact that the body means: by id, then phone number, then e-mail address. Without an id: a new one.
Contact meant(WriteTx& tx, const ContactWish& wish) {
    if (wish.id) return contacts::lock(tx, *wish.id);
    Contact wanted;
    wanted.email = wish.email;
    wanted.phone_number = wish.phone_number;
    wanted.external_id = wish.external_id ? wish.external_id : wish.user_id;
    contacts::claim(tx, wanted);
    std::optional<Contact> known;
    if (wish.phone_number) known = contacts::find_by_phone_number(tx, wish.phone_number->value);
    if (!known && wish.email) known = contacts::find_by_email(tx, *wish.email);
    return known ? contacts::lock(tx, known->id) : Contact();
}

ContactPage list_contacts(ReadTx& tx, const contacts::Wanted& wanted) {
    return {contacts::page(tx, wanted), contacts::count(tx, wanted)};
}

Contact upsert_contact(WriteTx& tx, const New<ContactWish>& body) { return store(tx, meant(tx, body.entity()), body); }

Contact read_contact(ReadTx& tx, const ContactId& id) { return contacts::get(tx, id); }

Contact update_contact(WriteTx& tx, const ContactId& id, const New<ContactWish>& body) {
    return store(tx, contacts::lock(tx, id), body);
}

std::vector<ConversationView> list_conversations(ReadTx& tx, const ContactId& id,
                                                 const contacts::WantedConversations& wanted) {
    return conversations::views(tx, contacts::conversations_of(tx, contacts::get(tx, id).id, wanted));
}

ContactDeleted delete_contact(WriteTx& tx, const ContactId& id) {
    const Contact contact = contacts::lock(tx, id);
    const auto belongings = contacts::belongings_of(tx, contacts::with_merged(tx, {id}));
    ContactDeleted answer;
    answer.deleted.variables = belongings.variables;
    answer.deleted.conversations_kept = belongings.conversations;
    contacts::bury(tx, id, {});
    flow::clear(tx, flow::Cleared::contact, id.value);
    events::publish_deleted(tx, "contact.deleted", contact);
    return answer;
}

void check(const Merge& merge, BadFields& bad) {
    constexpr std::size_t contacts_max = 50;
    if (bad.names("mergeIds")) return;
    if (merge.merge_ids.empty()) bad.add("mergeIds", "must name at least one contact");
    if (merge.merge_ids.size() > contacts_max) bad.add("mergeIds", "must be a list of at most 50 items");
    if (contains(merge.merge_ids, merge.id)) bad.add("mergeIds", "must not name the contact that stays");
}

// What the contact does not know yet it learns from `other`; returns the names of members that it knows otherwise.
std::vector<std::string> learn(Contact& contact, const Contact& other) {
    std::vector<std::string> dropped;
    for_each_field<Contact>([&]<class F>(const F& field) {
        auto& known = contact.*field.member;
        const auto& news = other.*field.member;
        if constexpr (requires { known.has_value(); }) {
            if (!known) {
                known = news;
            } else if (news && json::to_text(known) != json::to_text(news)) {
                dropped.emplace_back(field.name);
            }
        }
    });
    return dropped;
}

std::vector<Contact> lock_others(WriteTx& tx, std::vector<ContactId> ids) {
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
    std::vector<Contact> others;
    for (const auto& id : ids) others.push_back(contacts::lock(tx, id));
    return others;
}

MergedContact merge_contacts(WriteTx& tx, const New<Merge>& body) {
    const auto& merge = body.entity();
    BadFields bad = body.bad();
    check(merge, bad);
    bad.refuse();
    const Contact before = contacts::lock(tx, merge.id);
    const auto others = lock_others(tx, merge.merge_ids);
    const auto belongings = contacts::belongings_of(tx, contacts::with_merged(tx, merge.merge_ids));
    MergedContact answer{before, {std::ssize(others), belongings.conversations, belongings.messages}};
    std::vector<std::string> buried;
    for (const auto& other : others) {
        const auto dropped = learn(answer.contact, other);
        const auto inherited = contact_variables::inherit(tx, merge.id, other.id);
        answer.merged.variables += inherited.taken;
        answer.merged.variables_dropped += std::ssize(inherited.left);
        for (const auto& name : dropped) {
            if (!contains(answer.merged.members_dropped, name)) answer.merged.members_dropped.push_back(name);
        }
        contacts::bury(tx, other.id, merge.id);
        buried.push_back(other.id.value);
        events::Members to;
        to.add("mergedInto", merge.id).add("membersDropped", dropped).add("variablesDropped", inherited.left);
        events::publish(tx, "contact.merged", other.id.value, events::members_of(other), to);
    }
    flow::clear_all(tx, flow::Cleared::contact, buried);
    if (events::publish_changed(tx, "contact.changed", before, answer.contact)) {
        answer.contact.updated_at = time_of_change(before.updated_at, tx.now());
        contacts::save(tx, answer.contact);
    }
    return answer;
}

}  // namespace

void contacts(Router& router) {
    router.resource("Contacts", "The end users as the organization knows them.");
    router.get("/contacts", "List contacts, newest first", list_contacts);
    router.post("/contacts", "Create a contact, or change the one with this id, phone number or address",
                upsert_contact);
    router.post("/contacts/merge", "Make several contacts one", merge_contacts);
    router.get("/contacts/{id}", "Show a contact", read_contact);
    router.patch("/contacts/{id}", "Change a contact", update_contact);
    router.del("/contacts/{id}", "Delete a contact and keep its conversations", delete_contact);
    router.get("/contacts/{id}/conversations", "List the conversations of a contact, newest first", list_conversations);
}

}  // namespace etapa::api
