#include "flow/default_tags.hpp"

#include "base/ranges.hpp"
#include "crm/events/store.hpp"
#include "crm/tags/list.hpp"
#include "crm/tags/store.hpp"

namespace etapa::flow {

Later<Tag> DefaultTags::ask(ReadTx& tx, std::span<const Step> steps) {
    std::vector<std::string> names;
    for (const auto& step : steps) {
        for (const auto& name : step.default_tags.value_or(std::vector<Name>{})) names.push_back(name.value);
    }
    return tags::find_all_later(tx, names);
}

void DefaultTags::keep(const std::vector<Tag>& listed) {
    for (const auto& tag : listed) listed_.push_back(tag.name.value);
}

std::vector<std::string> DefaultTags::apply(WriteTx& tx, const ConversationId& conversation, const Step& step) {
    std::vector<std::string> removed;
    std::vector<std::string> added;
    std::vector<std::string> left_out;
    for (const auto& name : step.default_tags_to_remove.value_or(std::vector<Name>{})) removed.push_back(name.value);
    for (const auto& name : step.default_tags.value_or(std::vector<Name>{})) {
        (list(tx, name) ? added : left_out).push_back(name.value);
    }
    tags::change(tx, conversation, removed, added);
    return left_out;
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
