// Job: try one delivery of an endpoint that is paused.
#include "flow/deliver.hpp"
#include "work/kind.hpp"
#include "work/outside.hpp"
#include "work/post.hpp"

namespace etapa::work {
namespace {

boost::asio::awaitable<Outcome> call(Outside& outside, const Job& job) {
    const auto webhook = db::from_json_text<WebhookId>(job.payload.value);
    std::optional<flow::Parcel> parcel;
    auto look = [&](ReadTx& tx) { parcel = flow::next_probe(tx, webhook, job.attempts); };
    co_await outside.database.read(outside.caller, look);
    if (!parcel) {
        auto settle = [webhook](WriteTx& tx) { return flow::note_idle_probe(tx, webhook); };
        Outcome nothing = Outcome::recorded(std::move(settle));
        co_return nothing;
    }
    const auto reception = co_await post(outside, *parcel);
    auto note = [parcel = *parcel, reception, &retries = outside.retries](WriteTx& tx) {
        return flow::note_probe(tx, parcel, reception, retries);
    };
    Outcome outcome = Outcome::recorded(std::move(note));
    co_return outcome;
}

}  // namespace

extern const Kind probe_webhook{.name = flow::probe_job, .run = nullptr, .call = call};

}  // namespace etapa::work
