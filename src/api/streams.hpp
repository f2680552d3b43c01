#pragma once
// What opens a stream of events for a request; live.hpp does. Apart from it so that the gate knows no I/O context.

#include "api/route.hpp"
#include "net/body_stream.hpp"

#include <memory>

namespace etapa::api {

class Streams {
public:
    Streams() = default;
    virtual ~Streams() = default;
    Streams(const Streams&) = delete;
    Streams& operator=(const Streams&) = delete;

    // Called on the I/O thread, where the stream will live.
    virtual std::shared_ptr<net::BodyStream> open(unsigned io_thread, const Caller& caller, EventsFrom from) = 0;
};

}  // namespace etapa::api
