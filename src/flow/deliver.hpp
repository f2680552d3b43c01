#pragma once
// What is told to receivers: who is next, and what an attempt changes. All of it inside; the sending itself is the job
// `webhook.deliver` (work/deliver_webhook.cpp).
//
// In each lane the oldest delivery goes first and the rest waits behind it. An endpoint that keeps failing is paused:
// its lanes rest without jobs, and a probe sends one delivery now and then until one is taken.

#include "base/retries.hpp"
#include "crm/jobs/store.hpp"
#include "crm/webhooks/deliveries.hpp"
#include "crm/webhooks/webhook.hpp"

#include <optional>
#include <string>

namespace etapa::flow {

inline constexpr std::string_view deliver_job = "webhook.deliver";
inline constexpr std::string_view probe_job = "webhook.probe";
inline constexpr std::string_view catch_up_job = "webhook.catch_up";

// Attempts in a row that pause an endpoint: more than one delivery makes, so one that nobody takes pauses nothing.
inline constexpr std::int64_t failures_max = 20;
// How the lanes of test deliveries begin, which go whatever the endpoint's state is. Each test has one of its own, so
// that it goes at once even when one before it still fails.
inline constexpr std::string_view test_lane = "test:";

// Stores it and sees to it that it is sent.
Delivery deliver(WriteTx& tx, Delivery delivery, const std::string& url);
// Lets a known one be sent again, with the same webhook-id.
Delivery resend(WriteTx& tx, Delivery delivery, const Webhook& webhook);

// What is to be sent, and where.
struct Parcel {
    Delivery delivery;
    std::string url;
    std::optional<std::string> secret;  // to sign with, sealed
};
std::optional<Parcel> next_parcel(ReadTx& tx, const deliveries::Lane& lane);
// Of a paused endpoint. Each turn takes another of its first lanes, so that one delivery which nobody takes hides
// nothing.
std::optional<Parcel> next_probe(ReadTx& tx, const WebhookId& webhook, std::int64_t turn);

// How a receiver took it.
struct Reception {
    DeliveryAttempt attempt;
    enum class Result : std::uint8_t { taken, refused, gone } result = Result::refused;
    std::optional<Duration> retry_after;
};
// Records an attempt, and tells what becomes of the lane's job.
jobs::Settlement note_attempt(WriteTx& tx, const Parcel& parcel, const Reception& reception, const Retries& retries);
// The same for a probe, and for the one of `webhook` that found nothing to send.
jobs::Settlement note_probe(WriteTx& tx, const Parcel& parcel, const Reception& reception, const Retries& retries);
jobs::Settlement note_idle_probe(WriteTx& tx, const WebhookId& webhook);
// What becomes of the job of a lane when nothing was sent, or when something was and the next one may go.
jobs::Settlement settle_lane(WriteTx& tx, const deliveries::Lane& lane);
// Gives up the first of a lane, and tells what becomes of the lane's job: what waits behind it goes on.
jobs::Settlement abandon_head(WriteTx& tx, const deliveries::Lane& lane);

// The job `webhook.catch_up`: wakes the lanes of a source, or clears those of a deleted endpoint, some at a time.
void ask_to_catch_up(WriteTx& tx, DeliverySource source, const std::string& id);
void catch_up(WriteTx& tx, const Job& job);

}  // namespace etapa::flow
