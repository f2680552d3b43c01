#pragma once
// Placeholders in what a step says: `{user-name}`, `{step-name}` and the others of API fact 6, and `{variable}` for a
// variable of the conversation (R26).

#include "crm/conversations/conversation.hpp"
#include "crm/steps/step.hpp"
#include "db/tx.hpp"

#include <string>
#include <string_view>

namespace etapa::flow {

// What a text may speak of.
struct Subject {
    const Conversation& conversation;
    const Step& step;
    std::string_view scenario_name;
};

// The text with the values of this moment. What is unknown or empty becomes nothing, double braces count as one, and no
// brace is left, neither of the text nor of a value.
std::string filled(ReadTx& tx, const Subject& subject, std::string_view text);

}  // namespace etapa::flow
