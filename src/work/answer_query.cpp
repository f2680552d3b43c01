// Job: tell a client who asked with a callbackURL what was answered (API fact 3.4).
#include "work/answer_query.hpp"

#include "work/kind.hpp"
#include "work/outside.hpp"
#include "work/post.hpp"

namespace etapa::work {
namespace {

boost::asio::awaitable<Outcome> tell(Outside& outside, const Job& job) {
    const auto callback = db::from_json_text<QueryCallback>(job.payload.value);
    net::OutboundRequest request;
    request.url = callback.url.value;
    request.body = callback.answer.value;
    request.headers.emplace_back("webhook-id", "msg_" + job.key.substr(answer_query_key.size()));
    const auto answer = co_await outside.http.send(request);
    if (!answer) co_return Outcome::retry(answer.error().sentence);
    if (answer->status / 100 == 2) co_return Outcome::done();
    constexpr int gone = 410;
    const auto sentence = refusal(*answer);
    if (answer->status == gone) co_return Outcome::give_up(sentence);
    co_return Outcome::retry(sentence);
}

}  // namespace

extern const Kind answer_query{.name = answer_query_job, .call = tell};

}  // namespace etapa::work
