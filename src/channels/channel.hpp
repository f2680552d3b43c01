#pragma once
// An adapter translates between Etapa and one channel: is this really from the provider, what did it say, how is a
// message sent, and what does the answer mean. It knows entities, but no store and no transaction.

#include "crm/channels/connection.hpp"
#include "crm/contacts/contact.hpp"
#include "crm/messages/message.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etapa::channels {

// What an end user said, as the provider delivered it.
struct Heard {
    bool is_reaction = false;
    std::string thread;       // the provider's id of the conversation
    std::string external_id;  // and of the message
    Contact end_user;
    std::string text;
    std::string media_id;                // of the file that goes with it; empty: there is none
    std::string media_name;              // and its name, if it has one
    std::optional<JsonObject> metadata;  // what else the message carries
    std::optional<Time> sent_at;
};

// How far a message of ours has got.
struct Told {
    std::string external_id;
    DeliveryState delivery = DeliveryState::delivered;
    bool window_closed = false;
    std::string error;
    std::string message_id;  // ours, where the provider gives it back
};

// All that one delivery of the provider's says.
struct Report {
    std::vector<Heard> heard;
    std::vector<Told> told;
};

// A message to be sent, with what opens the provider's account.
struct Outgoing {
    const Message& message;
    std::string_view recipient;
    std::optional<std::pair<std::string, std::string>> approved;  // name and language of the template in its place
    const ChannelConnection& connection;
    const ChannelSecrets& secrets;
    std::string_view public_url;  // where the provider fetches our files from; empty: nowhere
};

// What of a message the channel cannot send: the field of the API, and what was expected of it.
struct Obstacle {
    std::string_view field;
    std::string_view expected;
};

// The request that sends it, relative to the provider's address.
struct Parcel {
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// What the provider answered.
struct Receipt {
    enum class Outcome : std::uint8_t { accepted, refused, window_closed, later, unknown } outcome = Outcome::unknown;
    std::string external_id;
    std::string error;
};

// Where the provider keeps a file of an end user's.
struct MediaPlace {
    std::string url;
    std::int64_t size = 0;  // as far as it says
};

struct Adapter {
    Channel channel;
    // Whether the delivery was signed by whoever knows our secret.
    bool (*is_genuine)(std::string_view body, std::string_view signature, const ChannelSecrets& secrets);
    // Empty when the delivery is none that the provider could send.
    std::optional<Report> (*translate)(std::string_view body, const ChannelConnection& connection);
    // Why the message cannot leave whole, in one request. This and the following are null on channels whose clients
    // read the messages here.
    std::optional<Obstacle> (*obstacle)(const Message& message) = nullptr;
    Parcel (*parcel)(const Outgoing& outgoing) = nullptr;
    Receipt (*receipt)(int status, std::string_view body) = nullptr;
    // The question where a file lies, and what its answer says. The file is got with the headers of the question. Null
    // where files come with the messages.
    Parcel (*media_parcel)(std::string_view id, const ChannelSecrets& secrets) = nullptr;
    std::optional<MediaPlace> (*media_place)(std::string_view body) = nullptr;
};

// The adapter of a channel to which something outside is connected; null: there is none yet, or the channel needs none,
// because its clients read and write here (website, dashboard).
const Adapter* adapter_of(Channel channel);

}  // namespace etapa::channels
