#pragma once
// What marks an answer as server-sent events that are complete when it is sent (live.hpp streams those that go on).

#include "net/http.hpp"

#include <string_view>

namespace etapa::api {

inline constexpr std::string_view event_stream_type = "text/event-stream";

// No proxy may keep the answer, or hold it back to compress it.
inline void become_event_stream(net::Response& response) {
    response.content_type = event_stream_type;
    response.headers.emplace_back("Cache-Control", "no-cache, no-transform");
}

}  // namespace etapa::api
