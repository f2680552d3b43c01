// The tags on a conversation. One that is first used joins the organization's tags.
#include "api/envelope.hpp"
#include "api/resources.hpp"
#include "base/ranges.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/tags/list.hpp"
#include "crm/tags/store.hpp"

#include <algorithm>

namespace etapa::api {
namespace {

using TagList = Enveloped<std::vector<Tag>>;

struct Tagging {
    Name tag_name;

    static constexpr std::string_view schema_name = "Tagging";
    static consteval auto fields() {
        return describe(field("tagName", &Tagging::tag_name, "The tag, of at most 200 characters.", required));
    }
};

std::vector<std::string> names_on(ReadTx& tx, const ConversationId& id) {
    std::vector<std::string> names;
    for (auto& row : tags::of(tx, {id})) names.push_back(std::move(row.tag));
    return names;
}

TagList change_tags(WriteTx& tx, const ConversationId& id, const std::vector<std::string>& removed,
                    const std::vector<std::string>& added) {
    conversations::lock(tx, id);
    const auto before = names_on(tx, id);
    tags::change(tx, id, removed, added);
    const auto after = names_on(tx, id);
    if (after != before) {
        events::Members from;
        events::Members to;
        from.add("tags", before);
        to.add("tags", after);
        events::publish(tx, "conversation.changed", id.value, from, to);
    }
    return {.data = tags::listed_on(tx, id)};
}

TagList list_tags(ReadTx& tx, const ConversationId& id) {
    return {.data = tags::listed_on(tx, conversations::get(tx, id).id)};
}

TagList add_tag(WriteTx& tx, const ConversationId& id, const Tagging& wanted) {
    conversations::lock(tx, id);
    const bool is_new = !tags::find(tx, wanted.tag_name);
    if (is_new) tags::refuse_more(tx);
    const auto names = names_on(tx, id);
    if (names.size() >= tags::per_conversation_max && !contains(names, wanted.tag_name.value)) {
        throw conflict("A conversation has at most " + std::to_string(tags::per_conversation_max) + " tags.");
    }
    auto list = change_tags(tx, id, {}, {wanted.tag_name.value});
    if (is_new) events::publish_created(tx, "tag.created", *tags::find(tx, wanted.tag_name));
    return list;
}

TagList remove_tag(WriteTx& tx, const ConversationId& id, const Tagging& wanted) {
    return change_tags(tx, id, {wanted.tag_name.value}, {});
}

}  // namespace

void conversation_tags(Router& router) {
    router.resource("Conversations");
    for (const std::string path : {"/conversation/{id}/tags", "/conversations/{id}/tags"}) {
        router.get(path, "List the tags of a conversation", list_tags);
        router.post(path, "Put a tag on a conversation", add_tag);
        router.del(path, "Take a tag off a conversation", remove_tag);
    }
}

}  // namespace etapa::api
