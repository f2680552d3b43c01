// Job: fetch the file of an end user's message from the provider, and attach it.
#include "base/values.hpp"
#include "channels/channel.hpp"
#include "flow/media.hpp"
#include "work/kind.hpp"
#include "work/outside.hpp"

namespace etapa::work {
namespace {

constexpr Duration file_limit = seconds(60);

// What fetching led to: the bytes, or why there are none and whether that may change.
struct Fetched {
    std::string bytes;
    std::string error;
    bool is_final = false;
};

Fetched failed(std::string error, bool is_final) { return {{}, std::move(error), is_final}; }

Fetched judged(const net::OutboundResult& answer) {
    constexpr int not_found = 404;
    constexpr int gone = 410;
    if (!answer) return failed(answer.error().sentence, false);
    if (answer->status / 100 != 2) {
        return failed("the provider answered " + std::to_string(answer->status),
                      answer->status == not_found || answer->status == gone);
    }
    if (answer->is_cut) return failed("it is larger than 16 MiB", true);
    return {answer->body, {}, false};
}

// The address of the file comes from the provider: it may be at the provider's own host, wherever the operator says
// that is, or else on the public internet.
net::OutboundRequest request_for(const Outside& outside, std::string url, net::Headers headers) {
    const auto host = Url{outside.providers.whatsapp_url}.host();
    net::OutboundRequest request;
    request.method = net::Method::get;
    if (Url{url}.host() == host) request.target = net::OutboundRequest::Target::of_operator;
    request.url = std::move(url);
    request.headers = std::move(headers);
    return request;
}

boost::asio::awaitable<Fetched> fetch(Outside& outside, const flow::Media& media, const ChannelConnection& connection) {
    const auto* adapter = channels::adapter_of(connection.type);
    const auto secrets = secrets_of(outside.providers, connection);
    if (adapter == nullptr || adapter->media_parcel == nullptr || !secrets) {
        co_return failed("the channel's secrets cannot be opened", true);
    }
    const auto parcel = adapter->media_parcel(media.id, *secrets);
    const auto question = request_for(outside, outside.providers.whatsapp_url + parcel.path, parcel.headers);
    const auto place = co_await outside.http.send(question);
    auto told = judged(place);
    if (!told.error.empty()) co_return told;
    const auto found = adapter->media_place(told.bytes);
    if (!found || !Url::parse(found->url)) co_return failed("the provider did not say where it lies", false);
    if (found->size > std::int64_t{flow::media_bytes_max}) co_return failed("it is larger than 16 MiB", true);
    auto request = request_for(outside, found->url, parcel.headers);
    request.answer_bytes_max = flow::media_bytes_max;
    request.total_limit = file_limit;
    const auto file = co_await outside.http.send(request);
    co_return judged(file);
}

Outcome outcome_of(const Outside& outside, const Job& job, const flow::MediaErrand& errand, Fetched fetched) {
    Outcome outcome = Outcome::done();
    if (fetched.error.empty()) {
        outcome.record = [errand, bytes = std::move(fetched.bytes)](WriteTx& tx) {
            flow::attach_media(tx, errand, bytes);
            return jobs::Settlement{};
        };
        return outcome;
    }
    const bool is_last = fetched.is_final || !outside.retries.after(job.attempts + 1, outside.env.random);
    if (!is_last) return Outcome::retry(fetched.error);
    outcome.record = [errand, error = fetched.error](WriteTx& tx) {
        flow::note_media_failure(tx, errand, error);
        return jobs::Settlement{};
    };
    return outcome;
}

boost::asio::awaitable<Outcome> call(Outside& outside, const Job& job) {
    const auto errand = db::from_json_text<flow::MediaErrand>(job.payload.value);
    std::optional<ChannelConnection> connection;
    auto look = [&](ReadTx& tx) { connection = flow::media_source(tx, errand); };
    co_await outside.database.read(outside.caller, look);
    if (!connection) co_return outcome_of(outside, job, errand, failed("the connection was removed", true));
    auto fetched = co_await fetch(outside, errand.media, *connection);
    co_return outcome_of(outside, job, errand, std::move(fetched));
}

}  // namespace

extern const Kind fetch_media{.name = flow::media_job_kind, .call = call};

}  // namespace etapa::work
