#pragma once
// Stands in for the whole internet: answers what the test says, at once, and keeps what was sent.

#include "net/outbound.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace etapa::tests {

class Internet final : public net::Transport {
public:
    // How everybody out there answers, until the test says otherwise: 200 without a word.
    std::function<net::OutboundResult(const net::OutboundRequest&)> answer = [](const net::OutboundRequest&) {
        return status(200);
    };
    // In the order in which they were sent, whatever became of them.
    std::vector<net::OutboundRequest> requests;

    boost::asio::awaitable<net::OutboundResult> send(const net::OutboundRequest& request) override {
        requests.push_back(request);
        co_return answer(request);
    }

    static net::OutboundResult status(int status, net::Headers headers = {}, std::string body = {}) {
        net::OutboundAnswer answer;
        answer.status = status;
        answer.headers = std::move(headers);
        answer.body = std::move(body);
        return answer;
    }
    static net::OutboundResult silence() {
        net::OutboundFailure failure;
        failure.kind = net::OutboundFailure::Kind::too_slow;
        failure.sentence = "No answer: too slow";
        failure.handed_over = true;
        return std::unexpected(failure);
    }
};

}  // namespace etapa::tests
