// The live stream on real sockets, under a clock that the test moves.
#include "api/live.hpp"

#include "api/gate.hpp"
#include "api/resources.hpp"
#include "base/alarm.hpp"
#include "crm/events/store.hpp"
#include "crm/keys/store.hpp"
#include "crm/keys/stream_tokens.hpp"
#include "crm/organizations/found.hpp"
#include "db/migrate.hpp"
#include "db/test_store.hpp"
#include "net/test_wire.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

namespace etapa::api {
namespace {

using Texts = std::vector<std::string>;

struct Tenant {
    Caller caller;
    std::string token;  // of its first key
};

class LiveServer {
public:
    explicit LiveServer(const net::ServerSettings& settings = net::test_settings(), const LiveSettings& live = {})
        : server_(env_, settings, [this](auto& request, auto& response) { return gate_.serve(request, response); }),
          database_(env_, migrated(settings), alarm_),
          gate_(env_, database_, router_),
          live_(env_, database_, server_, live) {
        all_resources(router_);
        gate_.stream_with(live_);
        server_.start();
        acme = organization("Acme");
    }
    ~LiveServer() {
        server_.drain(seconds(20));
        server_.stop();
    }
    LiveServer(const LiveServer&) = delete;
    LiveServer& operator=(const LiveServer&) = delete;

    template <class F> auto write(const Caller& caller, F body) { return database_.write_now(caller, body); }

    Tenant organization(const std::string& name) {
        Tenant made{organizations::founder(env_), {}};
        auto found = [&](WriteTx& tx) { return organizations::found(tx, {name}, {"owner@acme.example"}, {}); };
        made.token = write(made.caller, found).api_key;
        return made;
    }

    keys::NewKey new_key(std::optional<Time> expires_at = {}) {
        return write(acme.caller, [&](WriteTx& tx) { return keys::create(tx, {"Another"}, expires_at); });
    }
    void revoke(const KeyId& id) {
        write(acme.caller, [&](WriteTx& tx) { keys::revoke(tx, id); });
    }
    std::string stream_token(const KeyId& key) {
        Caller caller = acme.caller;
        caller.actor = {ActorKind::api, key.value};
        return write(caller, [](WriteTx& tx) { return stream_tokens::create(tx).token; });
    }
    // An event about a subject of this name.
    void publish(const Tenant& whose, const std::string& subject, const std::string& text = {}) {
        write(whose.caller, [&](WriteTx& tx) {
            events::publish(tx, "thing.changed", subject, {}, events::Members().add("text", text));
        });
    }
    std::string latest() {
        auto position = [](ReadTx& tx) { return events::latest(tx); };
        return database_.read_now(acme.caller, position).text();
    }

    // Opens a stream; HTTP/1.0 has no chunks, so what comes is the stream itself.
    net::Wire listen(const std::string& headers, const std::string& query = {}) const {
        net::Wire wire(server_.port());
        wire.send("GET /events/stream" + query + " HTTP/1.0\r\n" + headers + "\r\n");
        EXPECT_EQ(wire.read().status, 200);
        return wire;
    }
    net::Wire listen_as(const std::string& token, const std::string& last = {}) const {
        const auto from = last.empty() ? "" : "Last-Event-ID: " + last + "\r\n";
        return listen("Authorization: Bearer " + token + "\r\n" + from);
    }
    int status_with(const std::string& stream_token) const {
        net::Wire wire(server_.port());
        wire.send("HEAD /events/stream?token=" + stream_token + " HTTP/1.0\r\n\r\n");
        return wire.read(net::BodyOf::head_request).status;
    }
    [[nodiscard]] bool has_streams(int count) const {
        return metrics_.text().find("\netapa_live_streams " + std::to_string(count) + '\n') != std::string::npos;
    }

    ManualClock clock{*parse_time("2026-03-01T09:00:00.000Z")};
    Tenant acme;

private:
    DatabaseSettings migrated(const net::ServerSettings& server) {
        db::migrate(env_, store_.url());
        DatabaseSettings settings;
        settings.url = store_.url();
        settings.io_threads = server.io_threads;
        settings.postgres_writers = 1;  // connecting takes longer than most tests
        settings.postgres_readers = 2;
        return settings;
    }

    db::TestStore store_;
    Metrics metrics_;
    SeededRandom random_{1};
    Env env_{clock, Log::silent(), metrics_, random_};
    Alarm alarm_{clock};
    net::Server server_;
    Database database_;
    Router router_;
    Gate gate_;
    Live live_;
};

void wait_for(const std::function<bool()>& fact) {
    const auto start = std::chrono::steady_clock::now();
    while (!fact() && std::chrono::steady_clock::now() - start < std::chrono::seconds(20)) std::this_thread::yield();
    EXPECT_TRUE(fact());
}

// The texts that stand between the two, as often as they do.
Texts all_between(std::string_view text, std::string_view before, std::string_view after) {
    Texts found;
    for (auto at = text.find(before); at != std::string_view::npos; at = text.find(before, at)) {
        at += before.size();
        found.emplace_back(text.substr(at, text.find(after, at) - at));
    }
    return found;
}

// Of whole frames: what was cut off does not count.
Texts ids_in(std::string_view text) {
    const auto end = text.rfind("\n\n");
    return end == std::string_view::npos ? Texts{} : all_between(text.substr(0, end), "id: ", "\n");
}
Texts subjects_in(std::string_view text) { return all_between(text, R"("subjectId":")", "\""); }

std::string read_through_event(net::Wire& wire, const std::string& subject) {
    auto text = wire.read_through(R"("subjectId":")" + subject + '"').value_or("");
    return text + wire.read_through("\n\n").value_or("");
}

TEST(Live, HeartbeatsComeWhileNothingHappens) {
    LiveServer server(net::test_settings(), {.between_heartbeats = std::chrono::milliseconds(20)});
    auto stream = server.listen_as(server.acme.token);
    for (int count = 0; count < 3; ++count) {
        EXPECT_EQ(subjects_in(stream.read_through(": still here\n\n").value()), Texts{});
    }
    server.publish(server.acme, "one");
    EXPECT_EQ(subjects_in(read_through_event(stream, "one")), Texts{"one"});
    EXPECT_NE(stream.read_through(": still here\n\n"), std::nullopt);
}

TEST(Live, TellsEachOrganizationItsOwn) {
    auto settings = net::test_settings();
    settings.io_threads = 1;
    LiveServer server(settings);
    const auto other = server.organization("Other");
    auto ours = server.listen_as(server.acme.token);
    auto theirs = server.listen_as(other.token);
    for (const auto* name : {"one", "two"}) {
        server.publish(server.acme, std::string("our ") + name);
        server.publish(other, std::string("their ") + name);
    }
    EXPECT_EQ(subjects_in(read_through_event(ours, "our two")), (Texts{"our one", "our two"}));
    EXPECT_EQ(subjects_in(read_through_event(theirs, "their two")), (Texts{"their one", "their two"}));
}

TEST(Live, ASlowReaderIsCutAndResumesWithItsLastId) {
    constexpr int count = 160;
    const std::string long_text(65'536, 'x');  // together more than the system's buffers hold
    auto settings = net::test_settings();
    settings.write_timeout = Duration{200};
    LiveServer server(settings);
    const auto beginning = server.latest();
    auto slow = server.listen_as(server.acme.token);
    Texts subjects;
    for (int number = 0; number < count; ++number) {
        subjects.push_back(std::to_string(number));
        server.publish(server.acme, subjects.back(), long_text);
    }
    wait_for([&] { return server.has_streams(0); });
    const auto had = slow.read_to_end().value();
    auto ids = ids_in(had);
    ASSERT_LT(ids.size(), subjects.size()) << "it was cut before it had everything";
    auto resumed = server.listen_as(server.acme.token, ids.empty() ? beginning : ids.back());
    const auto rest = read_through_event(resumed, subjects.back());
    std::ranges::copy(ids_in(rest), std::back_inserter(ids));
    auto told_all = server.listen_as(server.acme.token, beginning);
    const auto all = read_through_event(told_all, subjects.back());
    EXPECT_EQ(subjects_in(all), subjects);
    EXPECT_EQ(ids, ids_in(all)) << "no gap and no duplicate";
}

TEST(Live, AStreamEndsWhenItsKeyIsRevoked) {
    LiveServer server;
    const auto key = server.new_key();
    auto witness = server.listen_as(server.acme.token);
    auto by_key = server.listen_as(key.token);
    auto by_token = server.listen({}, "?token=" + server.stream_token(key.key.id));
    server.publish(server.acme, "before");
    for (auto* stream : {&by_key, &by_token}) {
        EXPECT_EQ(subjects_in(read_through_event(*stream, "before")), Texts{"before"});
    }
    server.revoke(key.key.id);
    server.publish(server.acme, "after");
    for (auto* stream : {&by_key, &by_token}) EXPECT_EQ(subjects_in(stream->read_to_end().value()), Texts{});
    EXPECT_EQ(subjects_in(read_through_event(witness, "after")), (Texts{"before", "after"}));
    EXPECT_TRUE(server.has_streams(1));
}

TEST(Live, AStreamEndsWhenItsKeyExpires) {
    LiveServer server;
    const auto key = server.new_key(server.clock.now() + seconds(3'600));
    auto stream = server.listen_as(key.token);
    server.clock.advance(seconds(3'599));
    server.publish(server.acme, "before");
    EXPECT_EQ(subjects_in(read_through_event(stream, "before")), Texts{"before"});
    server.clock.advance(seconds(1));
    EXPECT_EQ(subjects_in(stream.read_to_end().value()), Texts{});
}

TEST(Live, AStreamTokenOpensStreamsForTenMinutes) {
    LiveServer server;
    const auto token = server.stream_token(server.new_key().key.id);
    const auto of_expiring = server.stream_token(server.new_key(server.clock.now() + seconds(60)).key.id);
    server.clock.advance(seconds(59));
    EXPECT_EQ(server.status_with(of_expiring), 200);
    server.clock.advance(seconds(1));
    EXPECT_EQ(server.status_with(of_expiring), 401) << "no longer than its key";
    server.clock.advance(seconds(539));
    auto stream = server.listen({}, "?token=" + token);
    server.clock.advance(seconds(1));
    EXPECT_EQ(server.status_with(token), 401);
    server.publish(server.acme, "later");
    EXPECT_EQ(subjects_in(read_through_event(stream, "later")), Texts{"later"}) << "what is open stays open";
}

}  // namespace
}  // namespace etapa::api
