#include "api/gate.hpp"

#include "api/error_answer.hpp"
#include "api/once.hpp"
#include "api/page_stream.hpp"
#include "api/read_request.hpp"
#include "crm/keys/stream_tokens.hpp"
#include "net/uri.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>

namespace etapa::api {
namespace {

std::string bearer_token(const net::Request& request) {
    constexpr std::string_view scheme = "bearer ";
    const std::string_view header = request.authorization;
    if (header.size() <= scheme.size()) return {};
    for (std::size_t index = 0; index < scheme.size(); ++index) {
        if ((static_cast<unsigned char>(header[index]) | 0x20U) != static_cast<unsigned char>(scheme[index])) return {};
    }
    return std::string(trimmed(header.substr(scheme.size())));
}

}  // namespace

// One request on its way through the gate. It outlives the transactions that refer to its caller.
struct Gate::Visit {
    net::Request& request;
    net::Response& response;
    Router::Match match = {};
    std::optional<ApiKey> key = {};
    Caller caller = {};
    bool is_counted = false;  // against the limit of its key
    std::unique_ptr<Call> call = {};
    std::optional<Once> once = {};                  // of routes that change something
    std::optional<std::int64_t> data_version = {};  // under which the answer may be kept
    bool is_recalled = false;
    bool is_recognized = false;
};

Gate::Gate(const Env& env, Database& database, const Router& router, unsigned requests_per_minute,
           RateLimit::Nodes nodes)
    : env_(env),
      database_(database),
      router_(router),
      rate_limit_(requests_per_minute, nodes),
      kept_answers_(database.inline_readers()),
      recalled_(
          env.metrics.counter("etapa_http_answers_recalled_total", "Answers given again, as nothing had changed.")) {}

bool Gate::match(Visit& visit) const {
    auto& response = visit.response;
    visit.match = router_.match(visit.request.method, visit.request.path);
    const auto& match = visit.match;
    if (match.allowed.empty()) throw Problem(404, "not_found", "There is nothing at this path.");
    if (match.route == nullptr) {
        response.headers.emplace_back("Allow", std::string(match.allowed));
        if (visit.request.method != net::Method::options) {
            throw Problem(405, "method_not_allowed", "This path takes " + std::string(match.allowed) + '.');
        }
        response.status = 204;
        return true;
    }
    response.route = match.route->path;
    if (!match.route->answer) return false;
    match.route->answer(response);
    return true;
}

// Browsers cannot send a key with a stream. A key, where there is one, counts.
bool Gate::admit_by_token(ReadTx& tx, Visit& visit) {
    if (!visit.request.authorization.empty()) return false;
    const auto query = read_query(visit.request.query);
    const auto* token = query.if_contains("token");
    if (token == nullptr || !token->is_string()) return false;
    const auto known = stream_tokens::find(tx, {token->get_string().data(), token->get_string().size()});
    if (!known) return false;
    visit.caller.organization = known->organization_id;
    visit.caller.actor = {ActorKind::api, known->key_id.value};
    return true;
}

void Gate::admit(ReadTx& tx, Visit& visit) {
    if (visit.match.route->access == Access::open) return;
    if (visit.match.route->takes_stream_token && admit_by_token(tx, visit)) return;
    if (visit.match.route->admit != nullptr) {
        Incoming incoming;
        incoming.request = &visit.request;
        incoming.query = read_query(visit.request.query);
        incoming.vault = vault_;
        return visit.match.route->admit(tx, incoming, visit.caller);
    }
    auto key = keys::find_by_token(tx, bearer_token(visit.request), env_.clock.now());
    if (!key) throw no_valid_key();
    if (database_.inline_readers() == 0) known_keys_.keep(*key);
    use_key(visit, *std::move(key));
}

void Gate::recognize(Visit& visit) {
    if (database_.inline_readers() > 0 || visit.match.route->access != Access::key) return;
    const auto hash = keys::hash_of(bearer_token(visit.request));
    auto key = hash ? known_keys_.find(*hash) : std::nullopt;
    if (!key) return;
    visit.is_recognized = true;
    use_key(visit, *std::move(key));
    limit_rate(visit);
}

template <class F> void Gate::run(ReadTx& tx, Visit& visit, F act) {
    if (!visit.is_recognized) return act();
    auto prepare_and_act = [&] {
        prepare(visit);
        act();
    };
    known_keys_.run(tx, *visit.key, env_.clock.now(), prepare_and_act);
}

void Gate::use_key(Visit& visit, ApiKey key) {
    visit.caller.organization = key.organization_id;
    visit.caller.actor = {ActorKind::api, key.id.value};
    visit.key = std::move(key);
}

bool Gate::recall(ReadTx& tx, Visit& visit) {
    const auto& route = *visit.match.route;
    if (visit.request.method != net::Method::get || route.work == Work::write || route.reads_headers) return false;
    if (visit.request.io_thread >= kept_answers_.size()) return false;
    visit.data_version = tx.data_version();
    const auto* kept = kept_answers_[visit.request.io_thread].find(*visit.data_version, visit.request);
    if (kept == nullptr || !kept->key.opens_at(env_.clock.now())) return false;
    use_key(visit, kept->key);
    limit_rate(visit);
    visit.response.content_type = kept->content_type;
    std::ranges::copy(kept->headers, std::back_inserter(visit.response.headers));
    visit.response.body = kept->body;
    visit.is_recalled = true;
    recalled_.add();
    return true;
}

void Gate::keep(const Visit& visit) {
    const auto& response = visit.response;
    if (!visit.data_version || !visit.key || response.stream || response.status != 200) return;
    // The headers of the rate limit are this request's own.
    auto headers = response.headers;
    std::erase_if(headers, [](const auto& header) { return header.first.starts_with("X-RateLimit-"); });
    kept_answers_[visit.request.io_thread].keep(*visit.data_version, visit.request,
                                                {*visit.key, response.content_type, std::move(headers), response.body});
}

bool Gate::limit_rate(Visit& visit) {
    visit.is_counted = true;
    if (!rate_limit_.is_on() || !visit.key) return true;
    const auto counted = rate_limit_.count(visit.key->id, env_.clock.now());
    visit.is_counted = counted.has_value();
    if (!counted) return false;
    const auto& standing = *counted;
    auto& headers = visit.response.headers;
    headers.emplace_back("X-RateLimit-Limit", std::to_string(standing.limit));
    headers.emplace_back("X-RateLimit-Remaining", std::to_string(standing.remaining));
    headers.emplace_back("X-RateLimit-Reset", std::to_string(standing.reset_at_seconds));
    if (standing.allowed) return true;
    headers.emplace_back("Retry-After", std::to_string(standing.retry_after_seconds));
    throw Problem(429, "rate_limited", "This key has made too many requests in this minute.");
}

boost::asio::awaitable<void> Gate::take_share(const Visit& visit) {
    const auto wish = rate_limit_.wish(visit.key->id);
    keys::Share share;
    auto take = [&](WriteTx& tx) { share = keys::take_share(tx, visit.key->id, wish); };
    co_await database_.write(visit.caller, take);
    rate_limit_.keep(visit.key->id, share);
}

void Gate::take_share_now(const Visit& visit) {
    const auto wish = rate_limit_.wish(visit.key->id);
    auto take = [&](WriteTx& tx) { return keys::take_share(tx, visit.key->id, wish); };
    rate_limit_.keep(visit.key->id, database_.write_now(visit.caller, take));
}

void Gate::prepare(Visit& visit) const {
    Incoming incoming;
    incoming.request = &visit.request;
    incoming.outbound = outbound_;
    incoming.vault = vault_;
    incoming.public_url = public_url_;
    for (const auto& argument : visit.match.arguments) {
        auto decoded = net::decode_segment(argument);
        if (!decoded || !is_valid_text(*decoded)) throw not_unicode("path");
        incoming.path.push_back(*std::move(decoded));
    }
    incoming.query = read_query(visit.request.query);
    if (visit.match.route->access != Access::provider) {
        incoming.body = read_body(visit.request, *visit.match.route);
    }
    const auto& route = *visit.match.route;
    if (route.work == Work::write) visit.once.emplace(visit.request, route);
    visit.call = visit.match.route->prepare(incoming);
}

void Gate::reply(const Visit& visit) {
    visit.once ? visit.once->reply(*visit.call, visit.response) : visit.call->reply(visit.response);
}

std::size_t Gate::larger_body_bytes_max(const net::Request& request) const {
    const auto match = router_.match(request.method, request.path);
    return match.route == nullptr ? 0 : match.route->body_bytes_max;
}

boost::asio::awaitable<bool> Gate::admits_larger_body(const net::Request& request) {
    const auto* route = router_.match(request.method, request.path).route;
    auto is_somebodys = [&](ReadTx& tx) {
        if (route->expects == nullptr) {
            return keys::find_by_token(tx, bearer_token(request), env_.clock.now()).has_value();
        }
        Incoming incoming;
        incoming.query = read_query(request.query);
        return route->expects(tx, incoming);
    };
    const Caller nobody_yet;
    try {
        co_return co_await database_.read_row(request.io_thread, nobody_yet, is_somebodys);
    } catch (const Problem&) {  // what cannot be read is nobody's
        co_return false;
    }
}

void Gate::stream(Visit& visit) const {
    const auto from = visit.call->streams();
    if (!from) return;
    visit.response.content_type = visit.match.route->content_type;
    visit.response.headers.emplace_back("Cache-Control", "no-store");
    visit.response.headers.emplace_back("X-Accel-Buffering", "no");
    visit.response.body = "retry: 1000\n\n";  // so that the client sees at once that the stream is open
    if (streams_ != nullptr) visit.response.stream = streams_->open(visit.request.io_thread, visit.caller, *from);
}

// R28: a send that takes longer goes on by itself. What is asked about has been committed, so a store that cannot be
// read now must not make a failure of it.
boost::asio::awaitable<void> Gate::settle(Visit& visit) {
    constexpr std::chrono::milliseconds between_looks{20};
    const Time until = env_.clock.now() + Once::settle_time;
    bool settled = false;
    auto record = [&](WriteTx& tx) { visit.once->record(tx, *visit.call); };
    auto look = [&](ReadTx& tx) { settled = visit.once->settle(tx, *visit.call); };
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (true) {
        try {
            co_await database_.read_row(visit.request.io_thread, visit.caller, look);
            if (settled && visit.once->is_open()) co_await database_.write(visit.caller, record);
        } catch (const db::StoreUnavailable& unavailable) {
            env_.log.warning("The end of an answer was not read or not recorded.",
                             {{"requestId", visit.request.request_id}, {"reason", unavailable.what()}});
            co_return;
        }
        if (settled || env_.clock.now() >= until) co_return;
        timer.expires_after(between_looks);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

bool Gate::is_use_new(const Visit& visit) const {
    return visit.key && env_.clock.now() - visit.key->last_used_at.value_or(Time{}) >= keys::note_use_every;
}

boost::asio::awaitable<void> Gate::note_use(const Visit& visit) {
    auto not_before = note_not_before_.load();
    const Time now = env_.clock.now();
    const auto again = (now + keys::note_use_every).milliseconds;
    if (now.milliseconds < not_before || !note_not_before_.compare_exchange_strong(not_before, again)) co_return;
    auto note = [&](WriteTx& tx) { keys::note_use(tx, visit.key->id); };
    try {
        co_await database_.write(visit.caller, note);
        note_not_before_ = 0;
    } catch (const db::StoreUnavailable& unavailable) {
        env_.log.warning("The use of a key was not noted.",
                         {{"requestId", visit.request.request_id}, {"reason", unavailable.what()}});
    }
}

boost::asio::awaitable<void> Gate::serve(net::Request& request, net::Response& response) {
    Visit visit{request, response};
    visit.caller.cause = request.request_id;
    try {
        if (match(visit)) co_return;
        const auto work = visit.match.route->work;
        auto run_read = [&](ReadTx& tx) {
            run(tx, visit, [&] { visit.call->run(tx); });
            if (tx.has_asked_for_the_time()) visit.data_version.reset();
        };
        auto read = [&](ReadTx& tx) {
            if (recall(tx, visit)) return;
            admit(tx, visit);
            if (!limit_rate(visit)) return;
            prepare(visit);
            if (work == Work::read_row) run_read(tx);
        };
        recognize(visit);
        if (!visit.is_recognized) co_await database_.read_row(request.io_thread, visit.caller, read);
        while (!visit.is_counted) {
            co_await take_share(visit);
            if (visit.is_recognized) {
                limit_rate(visit);
            } else {
                co_await database_.read_row(request.io_thread, visit.caller, read);
            }
        }
        const bool is_read = work == Work::read_rows || (work == Work::read_row && visit.is_recognized);
        if (is_read && !visit.is_recalled) co_await database_.read(visit.caller, run_read);
        auto run_and_note = [&](WriteTx& tx) {
            run(tx, visit, [&] { visit.once->run(tx, *visit.call); });
            if (is_use_new(visit)) keys::note_use(tx, visit.key->id);
        };
        if (work == Work::write) {
            co_await database_.write(visit.caller, run_and_note);
        } else if (is_use_new(visit)) {
            co_await note_use(visit);
        }
        if (visit.once && visit.call->may_settle()) co_await settle(visit);
        if (visit.is_recalled) co_return;
        reply(visit);
        auto rest = visit.call->rest();
        if (rest) response.stream = std::make_shared<PageStream>(database_, visit.caller, std::move(rest));
        stream(visit);
        keep(visit);
    } catch (...) {  // one of the two places where problems are caught
        answer_failure(visit, std::current_exception());
    }
}

void Gate::serve_now(net::Request& request, net::Response& response) {
    Visit visit{request, response};
    visit.caller.cause = request.request_id;
    try {
        if (match(visit)) return;
        auto read = [&](ReadTx& tx) {
            admit(tx, visit);
            if (!limit_rate(visit)) return;
            prepare(visit);
            if (visit.match.route->work != Work::write) visit.call->run(tx);
        };
        database_.read_now(visit.caller, read);
        while (!visit.is_counted) {
            take_share_now(visit);
            database_.read_now(visit.caller, read);
        }
        auto run = [&](WriteTx& tx) { visit.once->run(tx, *visit.call); };
        if (visit.once) database_.write_now(visit.caller, run);
        reply(visit);
        for (auto rest = visit.call->rest(); rest != nullptr;) {
            std::string page;
            auto append = [&](ReadTx& tx) {
                page.clear();
                return rest->append(tx, page);
            };
            rest = database_.read_now(visit.caller, append);
            response.body += page;
        }
        stream(visit);
    } catch (...) {  // the same boundary as in serve()
        answer_failure(visit, std::current_exception());
    }
}

void Gate::answer_failure(const Visit& visit, std::exception_ptr failure) const {
    const auto* route = visit.match.route;
    auto& response = visit.response;
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const Problem& problem) {
        if (route != nullptr && route->access == Access::provider) {
            env_.log.warning("A delivery to a hook was refused.", {{"requestId", visit.request.request_id},
                                                                   {"client", visit.request.client},
                                                                   {"path", visit.request.path},
                                                                   {"status", std::int64_t{problem.status()}},
                                                                   {"reason", problem.sentence()}});
        }
        write_error(response, problem, visit.request, route);
    } catch (const db::StoreUnavailable& unavailable) {
        env_.log.warning("The store is not available.",
                         {{"requestId", visit.request.request_id}, {"reason", unavailable.what()}});
        response.headers.emplace_back("Retry-After", "1");
        write_error(response, Problem(503, "store_unavailable", "The store cannot take this now; try again soon."),
                    visit.request, route);
    } catch (const std::exception& bug) {
        env_.log.error("A request failed by a bug.",
                       {{"requestId", visit.request.request_id}, {"route", response.route}, {"reason", bug.what()}});
        write_error(response, Problem(500, "internal_error", "Something went wrong in the server."), visit.request,
                    route);
    }
}

}  // namespace etapa::api
