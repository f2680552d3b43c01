#pragma once
// The tags that steps put on whoever enters join the organization's list, as those that requests put on (R19).

#include "crm/steps/step.hpp"
#include "crm/tags/store.hpp"
#include "db/tx.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace etapa::flow {

class DefaultTags {
public:
    // Asks which tags these conversations have, and which of those that these steps add are listed, for keep().
    struct Asked {
        Later<tags::ConversationTag> on;
        std::optional<Later<Tag>> listed;
    };
    static std::optional<Asked> ask(ReadTx& tx, const std::vector<ConversationId>& conversations,
                                    std::span<const Step> steps);
    void keep(Asked asked);

    // What a step changed, and the tags that it left out because the conversation or the organization has as many as it
    // may have.
    struct Applied {
        std::vector<std::string> added;
        std::vector<std::string> removed;
        std::vector<std::string> left_out;
    };
    // Takes off and puts on what the step says; a tag in both of its lists ends up present.
    Applied apply(WriteTx& tx, const ConversationId& conversation, const Step& step);

private:
    [[nodiscard]] std::vector<std::string> tags_on(ReadTx& tx, const ConversationId& conversation) const;
    bool list(WriteTx& tx, const Name& name);

    std::optional<std::vector<tags::ConversationTag>> on_;  // empty: nobody asked
    std::vector<std::string> listed_;
};

}  // namespace etapa::flow
