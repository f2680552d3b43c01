#pragma once
// What an outside job may use, and what it answers. It is a coroutine: it waits for the world, and touches the database
// only by calling inside functions. It may run more than once, so whoever it calls must be able to tell (a stable id).

#include "base/env.hpp"
#include "base/retries.hpp"
#include "crm/channels/connection.hpp"
#include "crm/jobs/job.hpp"
#include "crm/jobs/store.hpp"
#include "db/database.hpp"
#include "net/outbound.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace etapa {

class Vault;

}  // namespace etapa

namespace etapa::work {

// How the providers of channels are reached.
struct Providers {
    const Vault* vault = nullptr;  // opens their secrets, and those of webhooks
    std::string whatsapp_url;      // of Meta's Graph API, with its version
    std::string public_url = {};   // where they, and receivers, fetch our files; empty: nowhere
};

struct Outside {
    const Env& env;
    Database& database;
    net::Transport& http;
    const Retries& retries;
    const Providers& providers;
    const Caller& caller;      // on whose behalf: the job's organization
    std::string_view attempt;  // that leased the job
};

// What opens the provider's account; empty when it was sealed with another key file.
std::optional<ChannelSecrets> secrets_of(const Providers& providers, const ChannelConnection& connection);

// How an attempt ended. It is recorded in the transaction that also frees or removes the job.
struct Outcome {
    enum class Kind : std::uint8_t { done, retry, give_up, recorded } kind = Kind::done;
    std::string reason;             // of retry and give_up: a sentence, with a piece of the answer
    std::optional<Duration> after;  // of retry: not earlier than this
    // Stores what was learnt; of `recorded` it also tells what becomes of the job. May run more than once.
    std::function<jobs::Settlement(WriteTx&)> record;

    static Outcome done() { return {}; }
    static Outcome retry(std::string reason, std::optional<Duration> after = {}) {
        Outcome outcome;
        outcome.kind = Kind::retry;
        outcome.reason = std::move(reason);
        outcome.after = after;
        return outcome;
    }
    static Outcome give_up(std::string reason) {
        Outcome outcome;
        outcome.kind = Kind::give_up;
        outcome.reason = std::move(reason);
        return outcome;
    }
    static Outcome recorded(std::function<jobs::Settlement(WriteTx&)> record) {
        Outcome outcome;
        outcome.kind = Kind::recorded;
        outcome.record = std::move(record);
        return outcome;
    }
};

}  // namespace etapa::work
