#pragma once
// The tags that steps put on whoever enters join the organization's list, as those that requests put on (R19).

#include "crm/steps/step.hpp"
#include "crm/tags/tag.hpp"
#include "db/tx.hpp"

#include <span>
#include <string>
#include <vector>

namespace etapa::flow {

class DefaultTags {
public:
    // Asks which of the tags that these steps add are listed, for keep().
    static Later<Tag> ask(ReadTx& tx, std::span<const Step> steps);
    void keep(const std::vector<Tag>& listed);

    // Takes off and puts on what the step says. Names the tags that it leaves out because the organization has as many
    // as it may have.
    std::vector<std::string> apply(WriteTx& tx, const ConversationId& conversation, const Step& step);

private:
    bool list(WriteTx& tx, const Name& name);

    std::vector<std::string> listed_;
};

}  // namespace etapa::flow
