// The live stream of events, and the tokens that open it for browsers.
#include "api/live.hpp"

#include "api/live_desk.hpp"
#include "api/resources.hpp"
#include "crm/events/retention.hpp"
#include "crm/keys/stream_tokens.hpp"

namespace etapa::api {
namespace {

struct StreamQuery {
    std::optional<ShortText> token;

    static consteval auto fields() {
        return describe(field("token", &StreamQuery::token, "A stream token, where no key can be sent."));
    }
};

struct ShownToken {
    std::string token;
    Time expires_at;

    static constexpr std::string_view schema_name = "StreamToken";
    static consteval auto fields() {
        return describe(field("token", &ShownToken::token, "Send it as `?token=` of the stream."),
                        field("expiresAt", &ShownToken::expires_at, "When it stops to open streams."));
    }
};

using LastEventId = Header<"last-event-id">;

EventsFrom stream_events(ReadTx& tx, const StreamQuery&, const LastEventId& last) {
    const auto latest = events::latest(tx);
    if (last.value.value_or("").empty()) return {latest, latest};
    const auto position = events::Position::parse(*last.value);
    if (!position || position->epoch != latest.epoch) {
        throw Problem(400, "invalid_request", "Last-Event-ID is not an id of this stream, or one from before a move.",
                      {{"Last-Event-ID", "must be the id of an event of this stream"}});
    }
    if (events::is_erased(tx, *position)) {
        throw Problem(400, "invalid_request", "Last-Event-ID is from before the events that are kept.",
                      {{"Last-Event-ID", "is from before the events that are kept; read /events from its beginning"}});
    }
    return {*position, latest};
}

ShownToken create_stream_token(WriteTx& tx) {
    auto made = stream_tokens::create(tx);
    return {std::move(made.token), made.expires_at};
}

}  // namespace

Live::Live(const Env& env, Database& database, const net::Server& server, const LiveSettings& settings)
    : env_(env), database_(database), server_(server), settings_(settings), desks_(server.io_threads()) {}

Live::~Live() = default;

std::shared_ptr<net::BodyStream> Live::open(unsigned io_thread, const Caller& caller, EventsFrom from) {
    auto& desk = desks_.at(io_thread);
    if (!desk) desk = std::make_shared<Desk>(env_, database_, settings_, io_thread, server_.executor(io_thread));
    return desk->open(caller, from);
}

void live(Router& router) {
    router.resource("Events");
    router.get("/events/stream", "Stream what happens, from now on or after Last-Event-ID", stream_events)
        .or_stream_token()
        .content_type("text/event-stream; charset=utf-8");
    router.post("/events/stream-token", "Make a token that opens the stream for some minutes", create_stream_token)
        .secret();
}

}  // namespace etapa::api
