#include "crm/conversations/transcript.hpp"

#include "base/json_write.hpp"
#include "crm/messages/store.hpp"

namespace etapa::conversations {

bool Transcript::append(ReadTx& tx, const ConversationView& conversation, std::string& out) {
    constexpr std::int64_t messages_at_once = 50;  // the largest have 100,000 characters
    if (!is_begun_) {
        json::append(out, conversation);
        out.back() = ',';
        out += R"("messages":[)";
        is_begun_ = true;
    }
    while (out.size() < piece_bytes) {
        const auto messages = messages::following(tx, conversation.conversation.id, last_, messages_at_once);
        for (const auto& view : messages) {
            if (!last_.empty()) out += ',';
            json::append(out, view);
            last_ = view.message.id;
        }
        if (std::ssize(messages) < messages_at_once) {
            out += "]}";
            return true;
        }
    }
    return false;
}

}  // namespace etapa::conversations
