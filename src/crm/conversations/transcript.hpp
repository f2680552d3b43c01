#pragma once
// A conversation as JSON with all its messages, however many they are: written in pieces, because neither a page of
// memory nor one transaction holds them.

#include "crm/conversations/view.hpp"
#include "crm/messages/view.hpp"

#include <string>

namespace etapa {

// What stands there when all pieces do.
struct ConversationTranscript {
    ConversationView conversation;
    std::vector<MessageView> messages;

    static constexpr std::string_view schema_name = "ConversationTranscript";
    static consteval auto fields() {
        return describe(spread(&ConversationTranscript::conversation),
                        field("messages", &ConversationTranscript::messages, "All its messages, oldest first."));
    }
};

namespace conversations {

class Transcript {
public:
    // A piece ends after it has grown beyond this.
    static constexpr std::size_t piece_bytes = 65'536;

    // Appends the next piece of the conversation's text; true when that was the last.
    bool append(ReadTx& tx, const ConversationView& conversation, std::string& out);

private:
    bool is_begun_ = false;
    MessageId last_;  // the last message that was written; empty: none yet
};

}  // namespace conversations

}  // namespace etapa
