#include "crm/messages/store.hpp"

#include "base/problem.hpp"

#include <algorithm>

namespace etapa {

std::expected<FileUrl, std::string> FileUrl::parse(std::string_view text) {
    constexpr std::size_t characters_max = 2'048;
    const bool is_path = text.starts_with('/') && !text.starts_with("//") && count_characters(text) <= characters_max;
    if (is_path || Url::parse(text)) return FileUrl{std::string(text)};
    return std::unexpected("must be an http or https address, or a path on this server");
}

}  // namespace etapa

namespace etapa::messages {

std::optional<MessageView> find(ReadTx& tx, const MessageId& id) {
    return tx.first<MessageView>(
        "SELECT {columns} FROM message WHERE organization_id = $1 AND id = $2 AND conversation_id NOT IN"
        " (SELECT id FROM conversation WHERE organization_id = $1 AND deleted_at IS NOT NULL)",
        tx.organization(), id);
}

MessageView get(ReadTx& tx, const MessageId& id) {
    if (auto message = find(tx, id)) return *std::move(message);
    throw not_found("message", id.value);
}

std::vector<MessageView> latest(ReadTx& tx, const ConversationId& conversation, std::int64_t count) {
    auto messages = tx.all<MessageView>(
        "SELECT {columns} FROM message WHERE organization_id = $1 AND conversation_id = $2 ORDER BY id DESC LIMIT $3",
        tx.organization(), conversation, count);
    std::ranges::reverse(messages);
    return messages;
}

std::vector<MessageView> following(ReadTx& tx, const ConversationId& conversation, const MessageId& after,
                                   std::int64_t count) {
    return tx.all<MessageView>(
        "SELECT {columns} FROM message WHERE organization_id = $1 AND conversation_id = $2 AND id > $3"
        " ORDER BY id LIMIT $4",
        tx.organization(), conversation, after, count);
}

Message append(WriteTx& tx, Message message) {
    message.id = tx.new_id<MessageId>();
    message.organization_id = tx.organization();
    message.created_at = tx.now();
    message.updated_at = tx.now();
    tx.insert("message", message);
    return message;
}

void mark_read(WriteTx& tx, const ConversationId& conversation, std::int64_t count) {
    tx.defer(
        "UPDATE message SET is_read = TRUE, updated_at = $4 WHERE organization_id = $1 AND conversation_id = $2"
        " AND id IN (SELECT id FROM message WHERE organization_id = $1 AND conversation_id = $2 AND NOT is_read"
        " ORDER BY id DESC LIMIT $3)",
        tx.organization(), conversation, count, tx.now());
}

}  // namespace etapa::messages
