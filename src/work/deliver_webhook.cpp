// Job: send the oldest delivery of a lane. There is one job for a lane, so what comes after waits for it.
#include "flow/deliver.hpp"
#include "work/kind.hpp"
#include "work/outside.hpp"
#include "work/post.hpp"

namespace etapa::work {
namespace {

boost::asio::awaitable<Outcome> call(Outside& outside, const Job& job) {
    const auto lane = db::from_json_text<deliveries::Lane>(job.payload.value);
    std::optional<flow::Parcel> parcel;
    auto look = [&](ReadTx& tx) { parcel = flow::next_parcel(tx, lane); };
    co_await outside.database.read(outside.caller, look);
    if (!parcel) {
        auto settle = [lane](WriteTx& tx) { return flow::settle_lane(tx, lane); };
        Outcome nothing = Outcome::recorded(std::move(settle));
        co_return nothing;
    }
    const auto reception = co_await post(outside, *parcel);
    auto note = [parcel = *parcel, reception, &retries = outside.retries](WriteTx& tx) {
        return flow::note_attempt(tx, parcel, reception, retries);
    };
    Outcome outcome = Outcome::recorded(std::move(note));
    co_return outcome;
}

}  // namespace

extern const Kind deliver_webhook{.name = flow::deliver_job, .run = nullptr, .call = call};

}  // namespace etapa::work
