#pragma once
// The live stream of events. Each I/O thread has a desk that looks for new events while somebody listens there: it
// reads those of an organization once, writes them once, and keeps the latest for all who listen. A stream remembers
// only its position. It takes from what the desk keeps, or from the database when it has fallen behind, whenever its
// connection has taken the piece before; so a slow client costs no memory, is cut by the write time-out, and resumes
// with its last id.
//
// A stream lives as long as the key that opened it: the desk reads keys together with events, so what happened after a
// key was revoked is not told to its streams. A stream token opens a stream for its key; the stream outlives the token.

#include "api/streams.hpp"
#include "base/env.hpp"
#include "db/database.hpp"
#include "net/server.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace etapa::api {

struct LiveSettings {
    std::chrono::milliseconds between_heartbeats{15'000};
};

class Live final : public Streams {
public:
    // Database and server must outlive it; what is still open at its end is never resumed.
    Live(const Env& env, Database& database, const net::Server& server, const LiveSettings& settings = {});
    ~Live() override;

    std::shared_ptr<net::BodyStream> open(unsigned io_thread, const Caller& caller, EventsFrom from) override;

    class Desk;

private:
    Env env_;
    Database& database_;
    const net::Server& server_;
    LiveSettings settings_;
    std::vector<std::shared_ptr<Desk>> desks_;  // of each I/O thread, made by it
};

}  // namespace etapa::api
