// Channel: WhatsApp, through Meta's Cloud API.
#include "base/crypto.hpp"
#include "base/json_write.hpp"
#include "channels/channel.hpp"
#include "channels/whatsapp/translate.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace etapa::channels {
namespace {

constexpr std::size_t text_characters_max = 4'096;
constexpr std::size_t caption_characters_max = 1'024;

// `X-Hub-Signature-256: sha256=<hex>` over the bytes as they came.
bool is_genuine(std::string_view body, std::string_view signature, const ChannelSecrets& secrets) {
    constexpr std::string_view scheme = "sha256=";
    if (!signature.starts_with(scheme)) return false;
    return crypto::equal(signature.substr(scheme.size()),
                         crypto::to_hex(crypto::hmac_sha256(secrets.app_secret, body)));
}

std::string_view media_type(std::string_view mime_type) {
    for (const std::string_view kind : {"image", "video", "audio"}) {
        if (mime_type.starts_with(kind)) return kind;
    }
    return "document";
}

std::optional<Obstacle> obstacle(const Message& message) {
    const auto characters = count_characters(message.text);
    if (!message.attachments || message.attachments->empty()) {
        if (characters <= text_characters_max) return std::nullopt;
        return Obstacle{"message", "must have at most 4,096 characters on WhatsApp"};
    }
    if (message.attachments->size() > 1) {
        return Obstacle{"attachments", "must be one file on WhatsApp; send each in a message of its own"};
    }
    if (characters > 0 && media_type(message.attachments->front().mime_type.value) == "audio") {
        return Obstacle{"attachments", "must not be a recording beside a text on WhatsApp; send them one by one"};
    }
    if (characters <= caption_characters_max) return std::nullopt;
    return Obstacle{"message", "must have at most 1,024 characters beside a file on WhatsApp"};
}

// A message has text, or a file with the text as its caption.
void add_content(boost::json::object& body, const Outgoing& outgoing) {
    const auto& message = outgoing.message;
    const bool has_file = message.attachments && !message.attachments->empty();
    if (!has_file) {
        body["type"] = "text";
        body["text"] = boost::json::object{{"preview_url", false}, {"body", message.text}};
        return;
    }
    const auto& file = message.attachments->front();
    const auto type = media_type(file.mime_type.value);
    boost::json::object media{{"link", file.url.seen_from(outgoing.public_url)}};
    if (!message.text.empty()) media["caption"] = message.text;
    if (type == "document") media["filename"] = file.name.value;
    body["type"] = type;
    body[type] = std::move(media);
}

Parcel parcel(const Outgoing& outgoing) {
    boost::json::object body{{"messaging_product", "whatsapp"},
                             {"recipient_type", "individual"},
                             {"to", outgoing.recipient},
                             {"biz_opaque_callback_data", outgoing.message.id.value}};
    if (const auto& approved = outgoing.approved) {
        body["type"] = "template";
        body["template"] = boost::json::object{{"name", approved->first},
                                               {"language", boost::json::object{{"code", approved->second}}}};
    } else {
        add_content(body, outgoing);
    }
    Parcel parcel;
    const auto& number = outgoing.connection.phone_number_id;
    parcel.path = '/' + (number ? number->value : std::string()) + "/messages";
    parcel.headers = {{"Authorization", "Bearer " + outgoing.secrets.access_token}};
    parcel.body = boost::json::serialize(body);
    return parcel;
}

std::string sentence_of(const boost::json::value& answer, int status) {
    const auto* error = answer.is_object() ? answer.get_object().if_contains("error") : nullptr;
    const auto* message = error != nullptr && error->is_object() ? error->get_object().if_contains("message") : nullptr;
    if (message != nullptr && message->is_string()) return std::string(message->get_string());
    return "the provider answered " + std::to_string(status);
}

std::int64_t code_of(const boost::json::value& answer) {
    boost::json::error_code error;
    const auto* code = answer.find_pointer("/error/code", error);
    return code != nullptr && code->is_int64() ? code->get_int64() : 0;
}

// Nothing was taken: too many messages of this number, to this person, or of this account.
bool is_rate_limit(int status, std::int64_t code) {
    constexpr int too_many_requests = 429;
    constexpr auto codes = std::to_array<std::int64_t>({4, 80'007, 130'429, 131'048, 131'056});
    return status == too_many_requests || std::ranges::find(codes, code) != codes.end();
}

std::string id_in(const boost::json::value& answer) {
    boost::json::error_code error;
    const auto* id = answer.find_pointer("/messages/0/id", error);
    return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

Receipt receipt(int status, std::string_view body) {
    using Outcome = Receipt::Outcome;
    boost::json::error_code error;
    const auto answer = boost::json::parse({body.data(), body.size()}, error);
    if (status >= 200 && status < 300) return {Outcome::accepted, id_in(answer), {}};
    const auto code = code_of(answer);
    const auto sentence = sentence_of(answer, status);
    if (code == whatsapp_api::window_closed_code) return {Outcome::window_closed, {}, sentence};
    if (is_rate_limit(status, code)) return {Outcome::later, {}, sentence};
    return {status >= 500 ? Outcome::unknown : Outcome::refused, {}, sentence};
}

Parcel media_parcel(std::string_view id, const ChannelSecrets& secrets) {
    return {'/' + std::string(id), {{"Authorization", "Bearer " + secrets.access_token}}, {}};
}

std::optional<MediaPlace> media_place(std::string_view body) {
    boost::json::error_code error;
    const auto answer = boost::json::parse({body.data(), body.size()}, error);
    const auto* members = error ? nullptr : answer.if_object();
    const auto* url = members == nullptr ? nullptr : members->if_contains("url");
    if (url == nullptr || !url->is_string()) return std::nullopt;
    const auto* size = members->if_contains("file_size");
    return MediaPlace{std::string(url->get_string()), size != nullptr && size->is_int64() ? size->get_int64() : 0};
}

}  // namespace

extern const Adapter whatsapp{Channel::whatsapp, is_genuine, whatsapp_api::translate, obstacle, parcel, receipt,
                              media_parcel,      media_place};

}  // namespace etapa::channels
