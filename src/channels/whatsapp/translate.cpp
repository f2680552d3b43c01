#include "channels/whatsapp/translate.hpp"

#include "base/json_write.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace etapa::channels::whatsapp_api {
namespace {

using boost::json::value;

// The value at a dotted path; null when there is none.
const value& at(const value& from, std::string_view path) {
    static const value none;
    const value* here = &from;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto* object = here->if_object();
        const auto* member = object == nullptr ? nullptr : object->if_contains(path.substr(0, dot));
        if (member == nullptr) return none;
        here = member;
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return *here;
}

// Without U+0000, which no store takes: the provider would deliver a refused one again and again.
std::string text_at(const value& from, std::string_view path) {
    const auto& found = at(from, path);
    std::string text = found.is_string() ? std::string(found.get_string()) : std::string();
    std::erase(text, '\0');
    return text;
}

const boost::json::array& list_at(const value& from, std::string_view path) {
    static const boost::json::array none;
    const auto& found = at(from, path);
    return found.is_array() ? found.get_array() : none;
}

// Seconds since 1970, as text.
std::optional<Time> time_at(const value& from, std::string_view path) {
    const auto text = text_at(from, path);
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    constexpr std::int64_t furthest = 253'402'300'799;  // the end of the year 9999
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || count < 0 || count > furthest) {
        return std::nullopt;
    }
    return Time{} + seconds(count);
}

// What the end user reads in their own message: text, caption, or the title of what they chose.
std::string text_of(const value& message) {
    for (const std::string_view path :
         {"text.body", "button.text", "interactive.button_reply.title", "interactive.list_reply.title", "image.caption",
          "video.caption", "document.caption", "reaction.emoji", "location.name"}) {
        if (auto text = text_at(message, path); !text.empty()) return text;
    }
    return {};
}

// What is more than text stays as it came, so that nothing is lost that no member of a message has room for.
std::optional<JsonObject> metadata_of(const value& message) {
    const auto type = text_at(message, "type");
    boost::json::object kept;
    for (const std::string_view member : std::initializer_list<std::string_view>{type, "context", "errors"}) {
        const auto& found = at(message, member);
        if (member != "text" && (found.is_object() || found.is_array())) kept[member] = found;
    }
    if (kept.empty()) return std::nullopt;
    kept["type"] = type;
    return JsonObject{boost::json::serialize(kept)};
}

std::string name_of_sender(const value& change, const std::string& sender) {
    for (const auto& contact : list_at(change, "contacts")) {
        if (text_at(contact, "wa_id") == sender) return text_at(contact, "profile.name");
    }
    return {};
}

// It becomes part of an address.
bool is_sane_media_id(std::string_view id) {
    constexpr std::size_t bytes_max = 200;
    return !id.empty() && id.size() <= bytes_max && std::ranges::all_of(id, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    });
}

void take_media(const value& message, Heard& one) {
    for (const std::string_view type : {"image", "video", "audio", "document", "sticker"}) {
        const auto& file = at(message, type);
        auto id = text_at(file, "id");
        if (text_at(message, "type") != type || !is_sane_media_id(id)) continue;
        one.media_id = std::move(id);
        const auto name = Name::parse(text_at(file, "filename"));
        if (name) one.media_name = name->value;
    }
}

Heard heard(const value& change, const value& message) {
    Heard one;
    one.thread = text_at(message, "from");
    one.external_id = text_at(message, "id");
    one.is_reaction = text_at(message, "type") == "reaction";
    one.text = text_of(message);
    one.metadata = metadata_of(message);
    take_media(message, one);
    one.sent_at = time_at(message, "timestamp");
    one.end_user.external_id = ShortText{one.thread};
    one.end_user.phone_number = ShortText{one.thread};
    const auto name = ShortText::parse(name_of_sender(change, one.thread));
    if (name && !name->blank()) one.end_user.first_name = *name;
    return one;
}

std::optional<DeliveryState> delivery_of(std::string_view status) {
    if (status == "sent") return DeliveryState::sent;
    if (status == "delivered") return DeliveryState::delivered;
    if (status == "read") return DeliveryState::read;
    if (status == "failed") return DeliveryState::failed;
    return std::nullopt;
}

std::optional<Told> told(const value& status) {
    const auto delivery = delivery_of(text_at(status, "status"));
    if (!delivery) return std::nullopt;
    Told one{text_at(status, "id"), *delivery, false, {}, text_at(status, "biz_opaque_callback_data")};
    for (const auto& error : list_at(status, "errors")) {
        const auto& code = at(error, "code");
        one.window_closed |= code.is_int64() && code.get_int64() == window_closed_code;
        if (one.error.empty()) one.error = text_at(error, "title");
    }
    return one;
}

bool is_sane_id(std::string_view id) {
    constexpr std::size_t bytes_max = 500;
    return !id.empty() && id.size() <= bytes_max;
}

void take(const value& change, Report& report) {
    for (const auto& message : list_at(change, "messages")) {
        if (text_at(message, "type") == "system") continue;  // the platform's words, not the end user's
        auto one = heard(change, message);
        if (is_sane_id(one.thread) && is_sane_id(one.external_id)) report.heard.push_back(std::move(one));
    }
    for (const auto& status : list_at(change, "statuses")) {
        auto one = told(status);
        if (one && is_sane_id(one->external_id)) report.told.push_back(*std::move(one));
    }
}

}  // namespace

std::optional<Report> translate(std::string_view body, const ChannelConnection& connection) {
    boost::json::error_code error;
    const auto delivery = boost::json::parse({body.data(), body.size()}, error);
    if (error || !delivery.is_object()) return std::nullopt;
    Report report;
    for (const auto& entry : list_at(delivery, "entry")) {
        for (const auto& change : list_at(entry, "changes")) {
            const auto& news = at(change, "value");
            // One app may serve several numbers; each has its own connection.
            const auto number = text_at(news, "metadata.phone_number_id");
            if (connection.phone_number_id && connection.phone_number_id->value == number) take(news, report);
        }
    }
    return report;
}

}  // namespace etapa::channels::whatsapp_api
