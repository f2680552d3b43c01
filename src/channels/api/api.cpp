// Channel: api. Another system brings what its end users say, signed, and reads the answers here or gets them through
// the agent's webhook.
#include "base/crypto.hpp"
#include "base/json_read.hpp"
#include "channels/channel.hpp"

#include <boost/json/parse.hpp>

namespace etapa::channels {
namespace {

// One message as the other system writes it.
struct Said {
    ShortText id;      // its own id of the message: the same one twice is one message
    ShortText thread;  // its own id of the conversation
    LongText text;
    std::optional<ShortText> first_name;
    std::optional<ShortText> last_name;
    std::optional<Email> email;
    std::optional<ShortText> phone_number;
    std::optional<ShortText> user_id;
    std::optional<Time> sent_at;
    std::optional<JsonObject> metadata;

    static consteval auto fields() {
        return describe(
            field("id", &Said::id, "Id of the message.", required),
            field("thread", &Said::thread, "Id of the conversation.", required),
            field("text", &Said::text, "What was said.", required),
            field("firstName", &Said::first_name, "First name."), field("lastName", &Said::last_name, "Last name."),
            field("email", &Said::email, "E-mail address."),
            field("phoneNumber", &Said::phone_number, "Phone number with country code."),
            field("userId", &Said::user_id, "Id of the end user."),
            field("sentAt", &Said::sent_at, "When it was said."), field("metadata", &Said::metadata, "Free data."));
    }
};

struct Delivered {
    std::vector<Said> messages;

    static consteval auto fields() {
        return describe(field("messages", &Delivered::messages, "What was said, oldest first.", required));
    }
};

// `X-Hub-Signature-256: sha256=<hex>` over the bytes as they came.
bool is_genuine(std::string_view body, std::string_view signature, const ChannelSecrets& secrets) {
    constexpr std::string_view scheme = "sha256=";
    if (!signature.starts_with(scheme)) return false;
    return crypto::equal(signature.substr(scheme.size()),
                         crypto::to_hex(crypto::hmac_sha256(secrets.app_secret, body)));
}

Heard heard(Said said) {
    Heard one;
    one.thread = std::move(said.thread.value);
    one.external_id = std::move(said.id.value);
    one.text = std::move(said.text.value);
    one.end_user.first_name = std::move(said.first_name);
    one.end_user.last_name = std::move(said.last_name);
    one.end_user.email = std::move(said.email);
    one.end_user.phone_number = std::move(said.phone_number);
    one.end_user.external_id = std::move(said.user_id);
    one.metadata = std::move(said.metadata);
    one.sent_at = said.sent_at;
    return one;
}

std::optional<Report> translate(std::string_view body, const ChannelConnection&) {
    BadFields bad;
    Delivered delivered;
    json::read_members(json::parse_object(body), json::Source::body, "", delivered, bad);
    const bool readable = bad.empty();
    for (const auto& said : delivered.messages) {
        if (readable && (said.id.blank() || said.thread.blank())) bad.add("messages", "need an id and a thread each");
    }
    bad.refuse();
    Report report;
    for (auto& said : delivered.messages) report.heard.push_back(heard(std::move(said)));
    return report;
}

}  // namespace

extern const Adapter api{.channel = Channel::api, .is_genuine = is_genuine, .translate = translate};

}  // namespace etapa::channels
