// The organization's tags. What conversations carry is in conversation_tags.cpp.
#include "api/envelope.hpp"
#include "api/resources.hpp"
#include "crm/events/store.hpp"
#include "crm/organizations/store.hpp"
#include "crm/tags/list.hpp"
#include "crm/tags/store.hpp"
#include "flow/clear.hpp"

namespace etapa::api {
namespace {

struct TagWish {
    Name name;
    std::optional<Text<50>> color;

    static constexpr std::string_view schema_name = "Tag";
    static consteval auto fields() {
        return describe(field("name", &TagWish::name, "The tag.", required),
                        field("color", &TagWish::color, "Colour in which it is shown; chosen when absent."));
    }
};

struct TagName {
    Name name;

    static constexpr std::string_view schema_name = "TagName";
    static consteval auto fields() { return describe(field("name", &TagName::name, "The tag.", required)); }
};

Enveloped<std::vector<Tag>> list_tags(ReadTx& tx) { return {.data = tags::all(tx)}; }

Tag listed(WriteTx& tx, const Name& name) {
    if (auto known = tags::find(tx, name)) return *std::move(known);
    tags::refuse_more(tx);
    tags::list(tx, name.value);
    return *tags::find(tx, name);
}

Enveloped<Tag> save_tag(WriteTx& tx, const TagWish& wish) {
    organizations::lock(tx);  // so that two requests cannot list one tag at once
    const bool is_new = !tags::find(tx, wish.name);
    const Tag before = listed(tx, wish.name);
    Tag tag = before;
    if (wish.color && !wish.color->blank()) tag.color = {wish.color->value};
    if (tag.color != before.color) tags::repaint(tx, tag.id, tag.color);
    if (is_new) {
        events::publish_created(tx, "tag.created", tag);
    } else {
        events::publish_changed(tx, "tag.changed", before, tag);
    }
    return {.data = tag};
}

Enveloped<Tag> delete_tag(WriteTx& tx, const TagName& wanted) {
    organizations::lock(tx);
    auto tag = tags::find(tx, wanted.name);
    if (!tag) throw Problem(404, "not_found", "There is no tag of this name.");
    tags::erase(tx, tag->id);
    events::publish_deleted(tx, "tag.deleted", *tag);
    flow::clear(tx, flow::Cleared::tag, tag->name.value);
    return {.data = *std::move(tag)};
}

}  // namespace

void tags(Router& router) {
    router.resource("Tags", "The organization's tags, which conversations carry.");
    for (const std::string_view path : {"/tags", "/tags/get-visible-tags"}) {
        router.get(path, "List the tags", list_tags);
    }
    router.post("/tags", "Create a tag, or paint the one of this name", save_tag);
    router.post("/tags/delete-by-name", "Delete a tag and take it off all conversations", delete_tag);
    router.del("/tags/delete-by-name", "Delete a tag and take it off all conversations", delete_tag);
}

}  // namespace etapa::api
