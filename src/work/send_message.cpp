// Job: hand a message over to its provider, at most once (R29).
#include "channels/channel.hpp"
#include "flow/handover.hpp"
#include "work/kind.hpp"
#include "work/outside.hpp"

#include <algorithm>
#include <charconv>

namespace etapa::work {
namespace {

net::OutboundRequest request_of(const Outside& outside, const channels::Adapter& adapter,
                                const flow::Handover& handover, const ChannelSecrets& secrets) {
    std::optional<std::pair<std::string, std::string>> approved;
    if (handover.instead) approved.emplace(handover.instead->name, handover.instead->language);
    auto parcel = adapter.parcel({handover.message, handover.way.recipient, approved, handover.connection, secrets,
                                  outside.providers.public_url});
    net::OutboundRequest request;
    request.url = outside.providers.whatsapp_url + parcel.path;
    request.headers = std::move(parcel.headers);
    request.body = std::move(parcel.body);
    request.target = net::OutboundRequest::Target::of_operator;
    return request;
}

bool has_file_of_ours(const Message& message) {
    return message.attachments &&
           std::ranges::any_of(*message.attachments, [](const Attachment& file) { return file.url.is_path(); });
}

// Whether the provider has the message is known only when it said so, or when nothing had left yet.
flow::Receipt receipt_of(const channels::Adapter& adapter, const net::OutboundResult& answer) {
    using Outcome = flow::Receipt::Outcome;
    if (!answer) {
        const auto& failure = answer.error();
        return {failure.handed_over ? Outcome::unknown : Outcome::later, {}, failure.sentence};
    }
    auto read = adapter.receipt(answer->status, answer->body);
    flow::Receipt receipt{Outcome::unknown, std::move(read.external_id), std::move(read.error)};
    switch (read.outcome) {
        case channels::Receipt::Outcome::accepted: receipt.outcome = Outcome::accepted; break;
        case channels::Receipt::Outcome::refused: receipt.outcome = Outcome::refused; break;
        case channels::Receipt::Outcome::window_closed: receipt.outcome = Outcome::window_closed; break;
        case channels::Receipt::Outcome::later: receipt.outcome = Outcome::later; break;
        case channels::Receipt::Outcome::unknown: break;
    }
    return receipt;
}

// What the provider asks for, at most an hour.
std::optional<Duration> wait_asked_for(const net::OutboundResult& answer) {
    constexpr std::int64_t seconds_max = 3'600;
    if (!answer) return std::nullopt;
    const auto text = answer->header("retry-after");
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || count < 0) return std::nullopt;
    return seconds(std::min(count, seconds_max));
}

// Nobody tries again what failed for the last time.
flow::Receipt final_of(flow::Receipt receipt, const Outside& outside, const Job& job) {
    using Receipt = flow::Receipt::Outcome;
    const bool is_last = !outside.retries.after(job.attempts + 1, outside.env.random);
    if (receipt.outcome == Receipt::later && is_last) receipt.outcome = Receipt::refused;
    return receipt;
}

// The job is over, however the message fared, unless the provider had no time for it.
Outcome outcome_of(const flow::Handover& handover, const flow::Receipt& receipt, std::optional<Duration> wait) {
    const bool again = receipt.outcome == flow::Receipt::Outcome::later;
    Outcome outcome = again ? Outcome::retry(receipt.error, wait) : Outcome::done();
    outcome.record = [id = handover.message.id, connection = handover.connection.id, receipt](WriteTx& tx) {
        flow::record(tx, id, connection, receipt);
        return jobs::Settlement{};
    };
    return outcome;
}

boost::asio::awaitable<Outcome> send(Outside& outside, const Job& job) {
    // A node that was away for longer than its lease leaves it to whoever has the job now.
    auto hand_over = [&](WriteTx& tx) {
        return jobs::holds(tx, job.id, outside.attempt) ? flow::hand_over(tx, job) : std::nullopt;
    };
    const auto handover = co_await outside.database.write(outside.caller, hand_over);
    if (!handover) co_return Outcome::done();

    const auto* adapter = channels::adapter_of(handover->connection.type);
    const auto secrets = secrets_of(outside.providers, handover->connection);
    if (adapter == nullptr || adapter->parcel == nullptr) {
        const flow::Receipt refused{flow::Receipt::Outcome::refused, {}, "the channel sends no messages"};
        co_return outcome_of(*handover, refused, std::nullopt);
    }
    if (!secrets) {  // the operator has to see to this node's key file, or another node does it
        const flow::Receipt later{flow::Receipt::Outcome::later, {}, "the channel's secrets cannot be opened"};
        const auto receipt = final_of(later, outside, job);
        co_return outcome_of(*handover, receipt, std::nullopt);
    }
    if (outside.providers.public_url.empty() && has_file_of_ours(handover->message)) {
        const flow::Receipt refused{
            flow::Receipt::Outcome::refused, {}, "the provider cannot fetch the file, because --public-url is not set"};
        co_return outcome_of(*handover, refused, std::nullopt);
    }
    const auto obstacle = handover->instead ? std::nullopt : adapter->obstacle(handover->message);
    if (obstacle) {
        const auto sentence = "its " + std::string(obstacle->field) + ' ' + std::string(obstacle->expected);
        const flow::Receipt refused{flow::Receipt::Outcome::refused, {}, sentence};
        co_return outcome_of(*handover, refused, std::nullopt);
    }
    const auto request = request_of(outside, *adapter, *handover, *secrets);
    const auto answer = co_await outside.http.send(request);
    const auto receipt = final_of(receipt_of(*adapter, answer), outside, job);
    co_return outcome_of(*handover, receipt, wait_asked_for(answer));
}

}  // namespace

extern const Kind send_message{.name = flow::send_job_kind, .call = send};

}  // namespace etapa::work
