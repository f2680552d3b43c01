#include "flow/default_tags.hpp"

#include "base/ranges.hpp"
#include "crm/events/store.hpp"
#include "crm/tags/list.hpp"

namespace etapa::flow {
namespace {

std::span<const Name> names_in(const std::optional<std::vector<Name>>& list) {
    return list ? std::span(*list) : std::span<const Name>();
}

}  // namespace

std::optional<DefaultTags::Asked> DefaultTags::ask(ReadTx& tx, const std::vector<ConversationId>& conversations,
                                                   std::span<const Step> steps) {
    std::vector<std::string> added;
    bool removes = false;
    for (const auto& step : steps) {
        for (const auto& name : names_in(step.default_tags)) added.push_back(name.value);
        removes |= !names_in(step.default_tags_to_remove).empty();
    }
    if (conversations.empty() || (added.empty() && !removes)) return std::nullopt;
    Asked asked{tags::of_later(tx, conversations), std::nullopt};
    if (!added.empty()) asked.listed.emplace(tags::find_all_later(tx, added));
    return asked;
}

void DefaultTags::keep(Asked asked) {
    on_ = asked.on.take();
    if (!asked.listed) return;
    for (const auto& tag : asked.listed->take()) listed_.push_back(tag.name.value);
}

DefaultTags::Applied DefaultTags::apply(WriteTx& tx, const ConversationId& conversation, const Step& step) {
    Applied applied;
    const auto wanted = names_in(step.default_tags);
    const auto unwanted = names_in(step.default_tags_to_remove);
    if (wanted.empty() && unwanted.empty()) return applied;
    const auto before = tags_on(tx, conversation);
    for (const auto& name : unwanted) {
        if (contains(before, name.value) && !contains(wanted, name)) applied.removed.push_back(name.value);
    }
    const auto kept = before.size() - applied.removed.size();
    for (const auto& name : wanted) {
        if (contains(before, name.value) || contains(applied.added, name.value)) continue;
        const bool fits = kept + applied.added.size() < tags::per_conversation_max && list(tx, name);
        (fits ? applied.added : applied.left_out).push_back(name.value);
    }
    tags::change(tx, conversation, applied.removed, applied.added);
    return applied;
}

std::vector<std::string> DefaultTags::tags_on(ReadTx& tx, const ConversationId& conversation) const {
    std::vector<std::string> names;
    for (const auto& one :
         on_ ? *on_ : tags::of(tx, {conversation})) {  // the step may be another one than was asked for
        if (one.conversation_id == conversation) names.push_back(one.tag);
    }
    return names;
}

bool DefaultTags::list(WriteTx& tx, const Name& name) {
    if (contains(listed_, name.value)) return true;
    if (!tags::find(tx, name)) {  // the step may be another one than those that were asked about
        if (tags::is_full(tx)) return false;
        tags::list(tx, name.value);
        events::publish_created(tx, "tag.created", *tags::find(tx, name));
    }
    listed_.push_back(name.value);
    return true;
}

}  // namespace etapa::flow
