#pragma once
// The file of an end user's message. Providers name it and keep it for some days; it is fetched after the message was
// stored, so that nothing waits for it, and then attached (work/fetch_media.cpp).

#include "crm/channels/connection.hpp"
#include "crm/jobs/job.hpp"
#include "crm/messages/message.hpp"
#include "db/tx.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace etapa::flow {

inline constexpr std::string_view media_job_kind = "media.fetch";
inline constexpr std::size_t media_bytes_max = 16'777'216;

// What the provider calls it.
struct Media {
    std::string id;
    std::string name;  // empty: the end user's file has none

    static consteval auto fields() {
        return describe(field("id", &Media::id, "Identity at the provider."),
                        field("name", &Media::name, "Name of the file."));
    }
};

struct MediaErrand {
    MessageId message_id;
    ConnectionId connection_id;
    Media media;

    static consteval auto fields() {
        return describe(field("messageId", &MediaErrand::message_id, "The message."),
                        field("connectionId", &MediaErrand::connection_id, "Through which it came."),
                        field("media", &MediaErrand::media, "Its file."));
    }
};

// Leaves the job that fetches the file, in the transaction that stores the message, whose event tells that a file is
// expected. A later event tells that it is not any more, because it has come or was given up.
void ask_for_media(WriteTx& tx, const MediaErrand& errand);

// The connection to fetch it through; empty when there is nothing to fetch any more.
std::optional<ChannelConnection> media_source(ReadTx& tx, const MediaErrand& errand);

// Stores the file and shows it with the message. Does nothing when it has one already.
void attach_media(WriteTx& tx, const MediaErrand& errand, std::string_view bytes);
// The message stays without its file, and says why.
void note_media_failure(WriteTx& tx, const MediaErrand& errand, const std::string& sentence);

}  // namespace etapa::flow
