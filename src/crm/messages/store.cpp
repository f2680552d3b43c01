#include "crm/messages/store.hpp"

#include "base/problem.hpp"
#include "crm/order.hpp"

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
namespace {

// The last id of a transaction.
struct Appended {
    std::string last;

    void flush(WriteTx& /*tx*/) {}
};

}  // namespace

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

std::optional<Message> find_external(ReadTx& tx, std::string_view connection, std::string_view external_id) {
    return tx.first<Message>(
        "SELECT {columns} FROM message WHERE organization_id = $1 AND connection_id = $2 AND external_id = $3",
        tx.organization(), connection, external_id);
}

std::optional<MessageId> newest_in(ReadTx& tx, const ConversationId& conversation) {
    return tx.first<MessageId>(
        "SELECT id FROM message WHERE organization_id = $1 AND conversation_id = $2 ORDER BY id DESC LIMIT 1",
        tx.organization(), conversation);
}

std::int64_t count(ReadTx& tx, const ConversationId& conversation) {
    return tx.one<std::int64_t>("SELECT count(*) FROM message WHERE organization_id = $1 AND conversation_id = $2",
                                tx.organization(), conversation);
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

Message append(WriteTx& tx, Message message, const std::optional<MessageId>& newest) {
    auto& last = tx.scratch<Appended>().last;
    if (newest) last = std::max(last, newest->value);
    message.id = {id_behind(tx, last)};
    last = message.id.value;
    message.organization_id = tx.organization();
    message.created_at = tx.now();
    message.updated_at = tx.now();
    tx.insert("message", message);
    return message;
}

std::optional<Message> lock(WriteTx& tx, const MessageId& id) {
    return tx.first<Message>("SELECT {columns} FROM message WHERE organization_id = $1 AND id = $2 {for_update}",
                             tx.organization(), id);
}

void save_delivery(WriteTx& tx, const Message& message) {
    tx.defer(
        "UPDATE message SET text = $4, delivery = $5, delivery_error = $6, connection_id = $7, external_id = $8,"
        " updated_at = $9 WHERE organization_id = $1 AND conversation_id = $2 AND id = $3",
        tx.organization(), message.conversation_id, message.id, message.text, message.delivery, message.delivery_error,
        message.connection_id, message.external_id, message.updated_at);
}

void save_files(WriteTx& tx, const Message& message) {
    tx.defer(
        "UPDATE message SET attachments = $4, delivery_error = $5, updated_at = $6"
        " WHERE organization_id = $1 AND conversation_id = $2 AND id = $3",
        tx.organization(), message.conversation_id, message.id, message.attachments, message.delivery_error,
        message.updated_at);
}

void remove(WriteTx& tx, const Message& message) {
    tx.defer("DELETE FROM message WHERE organization_id = $1 AND conversation_id = $2 AND id = $3", tx.organization(),
             message.conversation_id, message.id);
}

void mark_read(WriteTx& tx, const ConversationId& conversation, std::int64_t count) {
    tx.defer(
        "UPDATE message SET is_read = TRUE, updated_at = $4 WHERE organization_id = $1 AND conversation_id = $2"
        " AND id IN (SELECT id FROM message WHERE organization_id = $1 AND conversation_id = $2 AND NOT is_read"
        " ORDER BY id DESC LIMIT $3)",
        tx.organization(), conversation, count, tx.now());
}

}  // namespace etapa::messages
