#include "flow/media.hpp"

#include "crm/blobs/sniff.hpp"
#include "crm/blobs/store.hpp"
#include "crm/channels/store.hpp"
#include "crm/conversations/store.hpp"
#include "crm/events/store.hpp"
#include "crm/jobs/store.hpp"
#include "crm/messages/store.hpp"
#include "flow/arrival.hpp"
#include "flow/send.hpp"

namespace etapa::flow {
namespace {

// The message while it still waits for its file; its conversation is locked.
std::optional<Message> waiting(WriteTx& tx, const MediaErrand& errand) {
    const auto known = messages::find(tx, errand.message_id);
    if (!known || !conversations::find_and_lock(tx, known->message.conversation_id)) return std::nullopt;
    auto message = messages::lock(tx, errand.message_id);
    if (message && message->attachments) message.reset();
    return message;
}

events::Members file_expected(bool is_expected) {
    events::Members members;
    members.add("isFileExpected", is_expected);
    return members;
}

// Nothing is expected any more.
void settle(WriteTx& tx, const Message& before, Message after) {
    after.updated_at = time_of_change(before.updated_at, tx.now());
    publish_changed(tx, before, after);
    events::publish(tx, "message.changed", after.id.value, file_expected(true), file_expected(false));
    messages::save_files(tx, after);
}

// `image.jpeg` for a picture without a name.
std::string name_of_file(const Media& media, std::string_view mime_type) {
    if (!media.name.empty()) return media.name;
    const auto slash = mime_type.find('/');
    return std::string(mime_type.substr(0, slash)) + '.' + std::string(mime_type.substr(slash + 1));
}

}  // namespace

void ask_for_media(WriteTx& tx, const MediaErrand& errand) {
    events::publish(tx, "message.created", errand.message_id.value, {}, file_expected(true));
    const std::string key = "media:" + errand.message_id.value;
    const std::string target = "media:" + errand.connection_id.value;
    jobs::schedule_outside(tx, {media_job_kind, key, target, tx.now(), {json::to_text(errand)}}, jobs::Known::kept);
}

std::optional<ChannelConnection> media_source(ReadTx& tx, const MediaErrand& errand) {
    const auto known = messages::find(tx, errand.message_id);
    if (!known || known->message.attachments) return std::nullopt;
    return connections::find(tx, errand.connection_id);
}

void attach_media(WriteTx& tx, const MediaErrand& errand, std::string_view bytes) {
    const auto message = waiting(tx, errand);
    if (!message) return;
    Blob blob;
    blob.conversation_id = message->conversation_id;
    blob.mime_type = blobs::sniff(bytes);
    blob.name = name_of_file(errand.media, blob.mime_type);
    blob = blobs::append(tx, std::move(blob), bytes);
    Message after = *message;
    after.attachments = {Attachment{{blobs::path_of(blob)}, Name{blob.name}, ShortText{blob.mime_type}}};
    after.delivery_error.reset();
    settle(tx, *message, std::move(after));
}

void note_media_failure(WriteTx& tx, const MediaErrand& errand, const std::string& sentence) {
    const auto message = waiting(tx, errand);
    if (!message) return;
    Message after = *message;
    after.delivery_error = "The file could not be fetched: " + sentence;
    settle(tx, *message, std::move(after));
}

}  // namespace etapa::flow
