#pragma once
// The live stream of events. Each I/O thread has a desk that looks for new events while somebody listens there: it
// reads those of an organization once, writes them once, and keeps the latest for all who listen. A stream remembers
// only its position. It takes from what the desk keeps, or from the database when it has fallen behind, whenever its
// connection has taken the piece before; so a slow client costs no memory, is cut by the write time-out, and resumes
// with its last id.

#include "api/streams.hpp"
#include "db/database.hpp"
#include "net/server.hpp"

#include <memory>
#include <vector>

namespace etapa::api {

class Live final : public Streams {
public:
    // Both must outlive it; what is still open at its end is never resumed.
    Live(Database& database, const net::Server& server, unsigned io_threads);
    ~Live() override;

    std::shared_ptr<net::BodyStream> open(unsigned io_thread, const Caller& caller, EventsFrom from) override;

    class Desk;

private:
    Database& database_;
    const net::Server& server_;
    std::vector<std::shared_ptr<Desk>> desks_;  // of each I/O thread, made by it
};

}  // namespace etapa::api
