#include "work/post.hpp"

#include "base/text.hpp"
#include "base/vault.hpp"
#include "crm/messages/message.hpp"
#include "crm/webhooks/secret.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

namespace etapa::work {
namespace {

constexpr std::size_t answer_bytes_kept = 1'024;
constexpr std::size_t answer_bytes_in_sentence = 200;

// The beginning of an answer as text that can be stored.
std::string excerpt(std::string_view body, std::size_t bytes_max) {
    std::string text(body.substr(0, bytes_max));
    while (!text.empty() && !is_valid_text(text) && (static_cast<unsigned char>(text.back()) & 0x80U) != 0 &&
           text.size() + 4 > bytes_max) {
        text.pop_back();  // a character that was cut
    }
    if (is_valid_text(text)) return text;
    std::ranges::replace_if(text, [](unsigned char c) { return c >= 0x80 || c == 0; }, '?');
    return text;
}

// Signed again at each attempt, because receivers refuse old signatures; the id stays.
void sign(net::OutboundRequest& request, const flow::Parcel& parcel, const std::optional<std::string>& secret,
          Time now) {
    constexpr std::int64_t second = 1'000;
    const auto timestamp = now.milliseconds / second;
    request.headers.emplace_back("webhook-id", parcel.delivery.webhook_id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(timestamp));
    if (!secret) return;
    request.headers.emplace_back("webhook-signature",
                                 webhooks::signature(*secret, parcel.delivery.webhook_id, timestamp, request.body));
}

// Receivers of agents download files (API fact 13.3), so those that lie here get the address that the world knows.
std::string body_of(const flow::Parcel& parcel, const std::string& public_url) {
    const auto& payload = parcel.delivery.payload.value;
    if (parcel.delivery.source != DeliverySource::agent || public_url.empty()) return payload;
    auto told = boost::json::parse(payload);
    auto* files = told.as_object().if_contains("attachments");
    if (files == nullptr) return payload;
    for (auto& file : files->as_array()) {
        auto& url = file.at("url").as_string();
        url = FileUrl{std::string(url)}.seen_from(public_url);
    }
    return boost::json::serialize(told);
}

net::OutboundRequest request_of(const flow::Parcel& parcel, std::string body, const std::optional<std::string>& secret,
                                Time now) {
    net::OutboundRequest request;
    request.url = parcel.url;
    request.body = std::move(body);
    request.answer_bytes_max = answer_bytes_kept;
    if (parcel.delivery.headers) {
        const auto headers = boost::json::parse(parcel.delivery.headers->value);
        for (const auto& [name, value] : headers.as_object()) {
            if (value.is_string()) request.headers.emplace_back(name, value.get_string());
        }
    }
    sign(request, parcel, secret, now);
    return request;
}

void judge(flow::Reception& reception, const net::OutboundAnswer& answer, Time now) {
    constexpr int gone = 410;
    using Result = flow::Reception::Result;
    auto& attempt = reception.attempt;
    attempt.status = answer.status;
    attempt.answer = excerpt(answer.body, answer_bytes_kept);
    reception.retry_after = parse_retry_after(answer.header("retry-after"), now);
    if (answer.status / 100 == 2) {
        reception.result = Result::taken;
    } else {
        reception.result = answer.status == gone ? Result::gone : Result::refused;
        attempt.error = refusal(answer);
    }
}

}  // namespace

std::string refusal(const net::OutboundAnswer& answer) {
    std::string said = excerpt(answer.body, answer_bytes_in_sentence);
    std::ranges::replace_if(said, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    const std::string sentence = "The receiver answered " + std::to_string(answer.status);
    return is_blank(said) ? sentence + '.' : sentence + ": " + std::string(trimmed(said));
}

std::optional<Duration> parse_retry_after(std::string_view text, Time now) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    constexpr std::int64_t count_max = 100'000'000;
    if (error == std::errc{} && end == text.data() + text.size())
        return seconds(std::clamp<std::int64_t>(count, 0, count_max));
    std::istringstream stream{std::string(text)};
    stream.imbue(std::locale::classic());
    std::tm date{};
    stream >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S GMT");
    if (stream.fail()) return std::nullopt;
    const Time at{std::int64_t{timegm(&date)} * 1'000};
    if (at <= now) return std::nullopt;
    return at - now;
}

boost::asio::awaitable<flow::Reception> post(Outside& outside, const flow::Parcel& parcel) {
    const Time began = outside.env.clock.now();
    flow::Reception reception;
    reception.attempt.at = began;
    std::optional<std::string> secret;
    if (parcel.secret && outside.providers.vault != nullptr) secret = outside.providers.vault->open(*parcel.secret);
    if (parcel.secret && !secret) {
        reception.attempt.error = "The secret was sealed with another key file.";
        co_return reception;
    }
    const auto request = request_of(parcel, body_of(parcel, outside.providers.public_url), secret, began);
    const auto answer = co_await outside.http.send(request);
    const Time ended = outside.env.clock.now();
    reception.attempt.milliseconds = (ended - began).milliseconds;
    if (answer) {
        judge(reception, *answer, ended);
    } else {
        reception.attempt.error = answer.error().sentence + '.';
    }
    co_return reception;
}

}  // namespace etapa::work
