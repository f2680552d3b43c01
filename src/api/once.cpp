#include "api/once.hpp"

#include "api/event_stream.hpp"
#include "base/crypto.hpp"
#include "crm/idempotency/store.hpp"

#include <algorithm>
#include <utility>

namespace etapa::api {
namespace {

constexpr std::size_t key_bytes_max = 255;

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

void check(const std::string& key) {
    if (key.size() <= key_bytes_max && std::ranges::all_of(key, is_printable)) return;
    BadFields bad;
    bad.add("Idempotency-Key", "must be 1 to 255 printable ASCII characters");
    bad.refuse();
}

// The header `conversationid` says whose variables are meant. Of an upload counts what was sent in the form: clients
// choose a new boundary for each attempt.
std::string hash_of(const net::Request& request, const Route& route, std::string_view credentials) {
    std::string text(net::name_of(request.method));
    text += '\n' + request.path + '?' + request.query + '\n';
    if (const auto whose = request.header("conversationid"); !whose.empty()) text.append(whose).append(1, '\n');
    if (route.body_bytes_max == 0) {
        text += request.body;
    } else {
        const auto file = Upload::read(request);
        text.append(file.name).append(1, '\n').append(file.content);
    }
    if (!credentials.empty()) text.append(1, '\n').append(credentials);
    return crypto::sha256_hex(text);
}

}  // namespace

Once::Once(const net::Request& request, const Route& route) {
    if (route.access != Access::key || route.method == net::Method::get) return;
    key_ = request.header("idempotency-key");
    if (key_.empty()) return;
    check(key_);
    const bool is_secret = route.answers_secret;
    if (is_secret) seal_key_ = crypto::hmac_sha256(request.authorization, "the answer to an Idempotency-Key");
    request_hash_ = hash_of(request, route, is_secret ? request.authorization : std::string_view());
}

void Once::run(WriteTx& tx, Call& call) {
    if (key_.empty()) return call.run(tx);
    known_ = idempotency::claim(tx, key_, request_hash_);
    if (known_ && known_->request_hash != request_hash_) {
        throw Problem(422, "idempotency_mismatch", "This Idempotency-Key was used for another request.");
    }
    if (known_) return;
    call.run(tx);
    if (call.has_refused()) return idempotency::give_back(tx, key_);
    is_open_ = call.may_settle() && !call.settle(tx);
    record(tx, call, is_open_ ? std::optional(tx.now() + settle_time) : std::nullopt);
}

bool Once::settle(ReadTx& tx, Call& call) {
    if (!known_) return call.settle(tx);
    if (known_->settles_until.value_or(Time{}) <= tx.now()) return true;
    if (auto recorded = idempotency::find(tx, key_)) known_ = std::move(recorded);
    return !known_->settles_until;
}

void Once::record(WriteTx& tx, const Call& call, std::optional<Time> settles_until) const {
    // Nowhere else is an answer written inside a transaction: here it is part of what the transaction stores.
    net::Response answer;
    call.reply(answer);
    const bool is_secret = !seal_key_.empty();
    auto body = is_secret ? crypto::seal(seal_key_, answer.body, tx.random()) : answer.body;
    idempotency::complete(tx, key_,
                          {request_hash_, answer.status, answer.content_type, std::move(body), settles_until});
}

void Once::reply(const Call& call, net::Response& response) const {
    if (!known_) return call.reply(response);
    response.status = static_cast<int>(known_->status);
    if (!known_->content_type.empty()) response.content_type = known_->content_type;
    if (response.content_type == event_stream_type) become_event_stream(response);
    response.body = seal_key_.empty() ? known_->body : crypto::open(seal_key_, known_->body).value();
    response.headers.emplace_back("Idempotent-Replayed", "true");
}

}  // namespace etapa::api
