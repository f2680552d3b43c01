#pragma once
// The tags of conversations, and the organization's list of tags that they join when first used (R19).

#include "base/fields.hpp"
#include "base/values.hpp"
#include "crm/ids.hpp"
#include "crm/tags/tag.hpp"
#include "db/tx.hpp"

#include <optional>
#include <vector>

namespace etapa::tags {

struct ConversationTag {
    ConversationId conversation_id;
    std::string tag;

    static consteval auto fields() {
        return describe(field("conversationId", &ConversationTag::conversation_id, "The conversation."),
                        field("tag", &ConversationTag::tag, "The tag."));
    }
};

inline constexpr std::size_t per_conversation_max = 100;

// Of a row of `conversation_tag AS tagged`: the organization lists the tag since before. When it does not, the tag was
// deleted, and a job takes it off.
inline constexpr Sql is_listed =
    " AND EXISTS (SELECT 1 FROM tag AS listed WHERE listed.organization_id = tagged.organization_id"
    " AND listed.name = tagged.tag AND listed.created_at <= tagged.created_at)";

// The tags of these conversations, oldest first within each.
std::vector<ConversationTag> of(ReadTx& tx, const std::vector<ConversationId>& conversations);
Later<ConversationTag> of_later(ReadTx& tx, const std::vector<ConversationId>& conversations);

// Notes the tag in the organization's list, unless it stands there already.
void list(WriteTx& tx, const std::string& name);
// Those of these names that stand in the organization's list.
Later<Tag> find_all_later(ReadTx& tx, const std::vector<std::string>& names);
// The organization's tag of this name.
std::optional<Tag> find(ReadTx& tx, const Name& name);
// The tags of one conversation as the organization lists them, in the order of `of`.
std::vector<Tag> listed_on(ReadTx& tx, const ConversationId& conversation);

// Takes tags off a conversation and puts others on. Taking off an absent one and putting on a present one do nothing.
void change(WriteTx& tx, const ConversationId& conversation, const std::vector<std::string>& removed,
            const std::vector<std::string>& added);

}  // namespace etapa::tags
