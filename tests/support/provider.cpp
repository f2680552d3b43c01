#include "support/provider.hpp"

#include "base/crypto.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iterator>
#include <tuple>

namespace etapa::tests {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view number_id = "106540352242922";

net::OutboundResult refusal(int code, std::string_view message) {
    const object error{{"error", object{{"message", message}, {"code", code}}}};
    return Internet::status(400, {}, boost::json::serialize(error));
}

net::OutboundResult nobody_there() {
    net::OutboundFailure failure;
    failure.kind = net::OutboundFailure::Kind::unreachable;
    failure.sentence = "Nobody took the connection";
    return std::unexpected(failure);
}

}  // namespace

Provider::Provider(World& world) : world_(world) {
    agent_ = world_.good("POST", "/agents", R"({"name":"Bot"})").text("id");
    const object channel{{"type", "whatsapp"},      {"phoneNumberId", number_id}, {"phoneNumber", "15550783881"},
                         {"accessToken", "access"}, {"appSecret", "app-secret"},  {"webhookVerifyToken", "let-me-in"}};
    channel_ = world_.good("POST", "/agents/" + agent_ + "/channels", boost::json::serialize(channel)).text("id");
}

net::OutboundResult Provider::answer(const net::OutboundRequest& request) {
    const auto body = boost::json::parse(request.body);
    const std::string id(body.at("biz_opaque_callback_data").as_string());
    if (mood_ == Mood::busy) return refusal(130'429, "Cloud API message throughput has been reached.");
    if (mood_ == Mood::refuses) return refusal(131'026, "Message undeliverable");
    if (mood_ == Mood::window_closed) return refusal(131'047, "Re-engagement message");
    if (mood_ == Mood::unreachable) return nobody_there();
    if (++taken_[id] > 1) complaint_ = "message " + id + " was handed over twice";
    if (mood_ == Mood::silent) return Internet::silence();
    if (mood_ == Mood::broken) return Internet::status(500);
    const object taken{{"messages", array{object{{"id", "wamid.out." + id}}}}};
    return Internet::status(200, {}, boost::json::serialize(taken));
}

std::string Provider::say(std::uint32_t customer, std::string_view text) {
    const auto id = "wamid.in." + std::to_string(said_.size());
    auto& said = said_[id];
    said = {"1650555000" + std::to_string(customer % 4), std::string(text), false};
    return deliver(id, said);
}

std::string Provider::repeat(std::uint32_t number) {
    if (said_.empty()) return {};
    auto& [id, said] = *std::next(said_.begin(), static_cast<std::ptrdiff_t>(number % said_.size()));
    return deliver(id, said);
}

bool Provider::repeat_all() {
    bool all = true;
    for (auto& [id, said] : said_) {
        if (!said.is_acknowledged) all = !deliver(id, said).empty() && all;
    }
    return all;
}

std::string Provider::deliver(const std::string& id, Said& said) {
    const auto now = std::to_string(world_.clock().now().milliseconds / 1'000);
    const object message{{"from", said.customer},
                         {"id", id},
                         {"timestamp", now},
                         {"type", "text"},
                         {"text", object{{"body", said.text}}}};
    const object value{{"messaging_product", "whatsapp"},
                       {"metadata", object{{"phone_number_id", number_id}}},
                       {"contacts", array{object{{"profile", object{{"name", "Ana"}}}, {"wa_id", said.customer}}}},
                       {"messages", array{message}}};
    const object entry{{"changes", array{object{{"value", value}, {"field", "messages"}}}}};
    const auto body = boost::json::serialize(object{{"object", "whatsapp_business_account"}, {"entry", array{entry}}});
    auto request = World::request("", "POST", "/integrations/whatsapp/webhook?service_provider_id=" + channel_, body);
    request.headers.emplace_back("x-hub-signature-256",
                                 "sha256=" + crypto::to_hex(crypto::hmac_sha256("app-secret", body)));
    const auto answer = world_.send(std::move(request));
    if (answer.status != 200 && answer.status != 503) complaint_ = "the hook answered " + answer.body;
    if (answer.status != 200) return {};
    said.is_acknowledged = true;
    auto find = [&](ReadTx& tx) {
        return tx.first<std::string>(
            "SELECT conversation_id FROM message WHERE organization_id = $1"
            " AND external_id = $2",
            tx.organization(), id);
    };
    return world_.database().read_now(world_.caller(), find).value_or("");
}

void Provider::forget(const std::string& conversation) {
    auto find = [&](ReadTx& tx) {
        return tx.all<std::string>(
            "SELECT external_id FROM message WHERE organization_id = $1"
            " AND conversation_id = $2 AND sender = 'human' AND external_id IS NOT NULL",
            tx.organization(), conversation);
    };
    for (const auto& id : world_.database().read_now(world_.caller(), find)) said_[id].is_acknowledged = false;
}

std::string Provider::wrong(Moment moment) {
    if (!complaint_.empty()) return complaint_;
    const auto inward = wrong_inward();
    return inward.empty() ? wrong_outward(moment) : inward;
}

// What was acknowledged is stored, and nothing is stored twice.
std::string Provider::wrong_inward() {
    std::map<std::string, std::int64_t> stored;
    auto count = [&](ReadTx& tx) {
        for (const auto& [id, times] : tx.all<std::tuple<std::string, std::int64_t>>(
                 "SELECT external_id, count(*) FROM message WHERE organization_id = $1 AND sender = 'human'"
                 " AND external_id IS NOT NULL GROUP BY external_id",
                 tx.organization())) {
            stored[id] = times;
        }
    };
    world_.database().read_now(world_.caller(), count);
    for (const auto& [id, said] : said_) {
        if (stored[id] > 1) return id + " is stored twice";
        if (said.is_acknowledged && stored[id] == 0) return id + " was acknowledged, and is lost";
    }
    return {};
}

// How far each message got is what happened to it, as far as anybody can know.
std::string Provider::wrong_outward(Moment moment) {
    std::vector<std::tuple<std::string, std::string>> messages;
    auto read = [&](ReadTx& tx) {
        messages = tx.all<std::tuple<std::string, std::string>>(
            "SELECT id, delivery FROM message WHERE organization_id = $1 AND sender = 'agent' AND delivery IS NOT NULL",
            tx.organization());
    };
    world_.database().read_now(world_.caller(), read);
    for (const auto& [id, delivery] : messages) {
        const bool is_taken = taken_.contains(id);
        std::string what = "message ";
        what.append(id).append(" is '").append(delivery).append("', ");
        if (delivery == "sent" && !is_taken) return what + "but nobody took it";
        if ((delivery == "waiting" || delivery == "failed") && is_taken) return what + "but was taken";
        const bool is_open = delivery == "waiting" || delivery == "handed_over";
        if (moment == Moment::at_the_end && is_open) return what + "and nothing is left to do";
    }
    return {};
}

}  // namespace etapa::tests
